// Two aligned records: the rows that a detail level shows, and where each side stands at each of them.

import { walkAlong } from "../shared/walk.js";

// columns: for each side the step of each row, -1 where it has none. A row is shown where a side's step is.
export function rowsOf(columns, records, level) {
  const shows = (row) => columns.some((column, side) => column[row] >= 0 && records[side].steps.level[column[row]] <= level);
  const every = columns[0].map((_, row) => row);
  const order = every.filter(shows);
  const total = order.length;
  const positionOf = new Int32Array(every.length); // the last shown row at or before each row
  for (let row = 0, k = 0; row < every.length; row++) {
    while (k + 1 < total && order[k + 1] <= row) k++;
    positionOf[row] = k;
  }
  const walks = records.map((record, side) => walkAlong(record, order.map((row) => columns[side][row]).filter((step) => step >= 0)));
  const here = columns.map((column) => order.map((row) => column[row] >= 0));
  const places = here.map((present) => { // in the side's walk: its step, or the last one before
    let place = -1;
    return present.map((is) => Math.max(is ? ++place : place, 0));
  });
  return { level, order, total, positionOf, walks, here, places };
}

// The difference that a row is in, and the nearest ones before and after what the row covers; -1 for none.
export function aroundRow(differences, first, last) {
  const at = differences.findIndex((each) => each.first <= last && each.last >= first);
  const next = differences.findIndex((each) => each.first > last);
  let before = -1;
  differences.forEach((each, n) => { if (each.first < first && n !== at) before = n; });
  return { at, next, before };
}
