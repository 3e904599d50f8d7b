// Pictures of tensors: what a cell stands for, its colour, and channels that are equal.

import assert from "node:assert/strict";
import { test } from "node:test";
import { cellsOf, colourOf, imagesOf } from "../../explorer/ui/web/shared/pictures.js";

/** @param {number[]} bytes */
const base64 = (bytes) => btoa(String.fromCharCode(...bytes));

test("a byte stands for a number between the smallest and the largest", () => {
  const picture = { images: 1, rows: 1, columns: 3, min: -1, max: 1.55, cells: base64([0, 100, 255]) };
  assert.deepEqual([...cellsOf(picture)].map((number) => number.toFixed(9).replace(/^-(?=0\.0+$)/, "")), ["-1.000000000", "0.000000000", "1.550000000"]);
});

test("zero is white, and the further from zero, the darker: blue below, orange above", () => {
  const picture = { images: 1, rows: 1, columns: 2, min: -2, max: 1, cells: "" };
  assert.deepEqual(colourOf(0, picture), [255, 255, 255]);
  const [red, , blue] = colourOf(-2, picture), [warm, , cold] = colourOf(1, picture);
  assert.ok(blue > red && warm > cold);
  const sum = (/** @type {number[]} */ colour) => colour.reduce((total, part) => total + part, 0);
  assert.ok(sum(colourOf(-2, picture)) < sum(colourOf(-1, picture)) && sum(colourOf(-1, picture)) < sum(colourOf(0, picture)));
});

test("where nothing differs from zero all is white", () => {
  assert.deepEqual(colourOf(0, { images: 1, rows: 1, columns: 2, min: 0, max: 0, cells: "" }), [255, 255, 255]);
});

test("equal channels are drawn once, others each", () => {
  const grey = { images: 3, rows: 1, columns: 2, min: 0, max: 255, cells: base64([1, 2, 1, 2, 1, 2]) };
  assert.deepEqual(imagesOf(grey, cellsOf(grey)).map((image) => [...image]), [[1, 2]]);
  const coloured = { ...grey, cells: base64([1, 2, 1, 2, 1, 3]) };
  assert.equal(imagesOf(coloured, cellsOf(coloured)).length, 3);
});
