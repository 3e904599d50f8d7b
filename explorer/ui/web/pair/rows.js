// Two aligned records: the rows that a detail level shows, and where each side stands at each of them.

import { positionsOf, walkAlong } from "../shared/walk.js";

/** @import { IndexedRecord } from "../shared/record.js" */
/** @import { Walk } from "../shared/walk.js" */
/** @import { DifferencePayload } from "./payload.js" */

/**
 * The rows that are shown. What there is for each side is a list of two: left, right.
 * @typedef {object} Rows
 * @property {number[]} order  the row at each position
 * @property {number} total  of positions
 * @property {Int32Array} positionOf  for each row the position of it, or of the last shown one before it
 * @property {Walk[]} walks  along the steps of each side
 * @property {boolean[][]} here  for each side whether it has a step at each position
 * @property {number[][]} walkPositions  for each side and position the position in its walk: of its step there, or of
 * the last one before
 */

/**
 * Return the rows of a detail level: those at which it shows a step of either side.
 * @param {number[][]} columns  for each side the step of each row, -1 where it has none
 * @param {IndexedRecord[]} records
 * @param {number} level
 * @returns {Rows}
 */
export function rowsOf(columns, records, level) {
  /** @param {number} row */
  const isShown = (row) => columns.some((column, side) => column[row] >= 0 && records[side].steps.level[column[row]] <= level);
  const order = columns[0].map((_, row) => row).filter(isShown);
  const walks = records.map((record, side) => walkAlong(record, order.map((row) => columns[side][row]).filter((step) => step >= 0)));
  const here = columns.map((column) => order.map((row) => column[row] >= 0));
  const walkPositions = here.map((present) => {
    let position = -1;
    return present.map((is) => Math.max(is ? ++position : position, 0));
  });
  return { order, total: order.length, positionOf: positionsOf(order, columns[0].length), walks, here, walkPositions };
}

/**
 * Return the indices of the difference that a row is in, and of the nearest ones after and before it; -1 for none.
 * @param {Pick<DifferencePayload, "first" | "last">[]} differences  in their order
 * @param {number} row
 */
export function differencesAround(differences, row) {
  const at = differences.findIndex(({ first, last }) => first <= row && last >= row);
  const next = differences.findIndex(({ first }) => first > row);
  let previous = -1;
  differences.forEach(({ first }, n) => { if (first < row && n !== at) previous = n; });
  return { at, next, previous };
}
