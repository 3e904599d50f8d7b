import assert from "node:assert/strict";
import test from "node:test";
import { stretches } from "../../explorer/ui/web/pair/lanes.js";
import { differencesAround, rowsOf } from "../../explorer/ui/web/pair/rows.js";
import { callOf, feedforward, hook } from "./fixture.js";

// Two real runs beside each other: the left one has no step where the right one's hook runs.
const relu = callOf(hook, "relu"), plain = callOf(feedforward, "relu");
const COLUMNS = [[], []];
for (let step = 0; step < plain[0]; step++) COLUMNS.forEach((column) => column.push(step));
for (let step = plain[0]; step <= plain[1]; step++) { COLUMNS[0].push(step); COLUMNS[1].push(-1); }
for (let step = relu[0]; step <= relu[1]; step++) { COLUMNS[0].push(-1); COLUMNS[1].push(step); }
for (let n = 1; plain[1] + n < feedforward.count; n++) { COLUMNS[0].push(plain[1] + n); COLUMNS[1].push(relu[1] + n); }
const RECORDS = [feedforward, hook];

for (const level of [1, 2, 3]) {
  test(`a row of level ${level} has a step that the level shows`, () => {
    const rows = rowsOf(COLUMNS, RECORDS, level);
    rows.order.forEach((row, k) => {
      assert.equal(rows.positionOf[row], k);
      assert.ok([0, 1].some((side) => COLUMNS[side][row] >= 0 && RECORDS[side].steps.level[COLUMNS[side][row]] <= level));
      assert.ok(rows.here[0][k] || rows.here[1][k]);
    });
  });

  test(`at level ${level} each side stands at its step, or at the last one before`, () => {
    const { order, here, walks, walkPositions } = rowsOf(COLUMNS, RECORDS, level);
    for (const side of [0, 1]) {
      let latest = walks[side].order[0];
      order.forEach((row, k) => {
        if (here[side][k]) latest = COLUMNS[side][row];
        assert.equal(walks[side].order[walkPositions[side][k]], latest);
      });
    }
  });
}

test("all rows are shown at the last level", () => {
  assert.equal(rowsOf(COLUMNS, RECORDS, 3).total, COLUMNS[0].length);
});

test("the differences around a row", () => {
  const differences = [{ first: 2, last: 4 }, { first: 8, last: 8 }];
  assert.deepEqual(differencesAround(differences, 0), { at: -1, next: 0, previous: -1 });
  assert.deepEqual(differencesAround(differences, 2), { at: 0, next: 1, previous: -1 });
  assert.deepEqual(differencesAround(differences, 4), { at: 0, next: 1, previous: -1 });
  assert.deepEqual(differencesAround(differences, 6), { at: -1, next: 1, previous: 0 });
  assert.deepEqual(differencesAround(differences, 8), { at: 1, next: -1, previous: 0 });
  assert.deepEqual(differencesAround([], 8), { at: -1, next: -1, previous: -1 });
});

test("a lane has a rectangle for each stretch", () => {
  assert.equal(stretches([true, true, false, true], 4, 32), "M0 4V32H2V4ZM3 4V32H4V4Z");
  assert.equal(stretches([false, false], 4, 32), "");
});
