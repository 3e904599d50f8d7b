// Pictures in the river: which tensor an operation gave, how it is drawn, and when.

import assert from "node:assert/strict";
import test from "node:test";
import { droppedOf } from "../../explorer/ui/web/river/dropped.js";
import { paint } from "../../explorer/ui/web/river/paint.js";
import { highestOf } from "../../explorer/ui/web/river/pictured.js";
import { glyphOf, numbersOf, roomOf } from "../../explorer/ui/web/river/tensor.js";
import { tensorsOf } from "../../explorer/ui/web/river/tensors.js";
import { isGrey, readOut } from "../../explorer/ui/web/shared/pictures.js";
import { runs as records } from "./fixture.js";

const tensorOf = (shape, facts = {}) => ({ shape, dtype: "float32", preview: [], picture: null, ...facts });
const base64 = (bytes) => btoa(String.fromCharCode(...bytes));
const rowOf = (bytes) => ({ images: 1, rows: 1, columns: bytes.length, min: -1, max: 1, cells: base64(bytes) });

// A record of operations that each ran in the last step of `last`; `changes` and `returned` as the payload has them.
function recordWith({ shapes, last, changes = {}, returned = {}, values, kind = last.map(() => "operation"), inputs = [], output = null }) {
  const count = Math.max(...last) + 2;
  const steps = { kind: Array.from({ length: count }, (_, step) => (String(step) in returned ? "return" : "statement")), frame: Array(count).fill(0) };
  const operations = { kind, last, output: shapes.map((_, index) => index), outputs: shapes.map(() => 1), raised: shapes.map(() => false) };
  return [{ payload: { values: values.map((tensor) => ({ tensor })), changes, returned, inputs, output }, steps }, { operations, shapes }];
}

test("an operation gave what its statement bound, or what its frame returned by it", () => {
  const values = [tensorOf([2, 3]), tensorOf([4])];
  const given = recordWith({ shapes: [[2, 3], [4]], last: [1, 3], changes: { 1: [[0, "new", 0]] }, returned: { 4: 1 }, values });
  assert.deepEqual(tensorsOf(...given), values);
});

test("nothing is drawn where the record does not say which tensor an operation gave", () => {
  const values = [tensorOf([3]), tensorOf([3])];
  const two = { 1: [[0, "new", 0], [1, "new", 1]] };
  assert.deepEqual(tensorsOf(...recordWith({ shapes: [[3]], last: [1], changes: two, values })), [null], "two names");
  assert.deepEqual(tensorsOf(...recordWith({ shapes: [[3], [3]], last: [1, 1], changes: { 1: [[0, "new", 0]] }, values })), [null, null], "two operations");
  const before = { 0: [[0, "new", 0]], 1: [[1, "new", 0]] };
  assert.deepEqual(tensorsOf(...recordWith({ shapes: [[3]], last: [1], changes: before, values })), [null], "one that it had");
  assert.deepEqual(tensorsOf(...recordWith({ shapes: [[5]], last: [1], changes: { 1: [[0, "new", 0]] }, values })), [null], "another shape");
  assert.deepEqual(tensorsOf(...recordWith({ shapes: [[3]], last: [1], values })), [null], "nothing bound");
});

test("inputs and outputs are told by their order, where there are as many as the record has tensors", () => {
  const values = [tensorOf([3]), tensorOf([2])];
  const ends = { shapes: [[3], [2]], kind: ["input", "output"], last: [0, 5], values, output: 1 };
  assert.deepEqual(tensorsOf(...recordWith({ ...ends, inputs: [["x", 0]] })), values);
  assert.deepEqual(tensorsOf(...recordWith({ ...ends, inputs: [["x", 0], ["y", 1]] })), [null, values[1]]);
});

test("a tensor that is found has the shape that its operation gave", () => {
  for (const record of Object.values(records)) {
    const { river } = record.payload;
    tensorsOf(record, river).forEach((tensor, index) => {
      if (tensor) assert.deepEqual(tensor.shape, river.shapes[river.operations.output[index]]);
    });
  }
});

test("three equal channels are one sheet, and an end is drawn large where there is room", () => {
  const picture = { images: 3, rows: 1, columns: 2, min: 0, max: 1, cells: base64([0, 255, 0, 255, 0, 255]) };
  const item = { kind: "input", shape: [1, 3, 28, 28], tensor: tensorOf([1, 3, 28, 28], { picture }), classes: false };
  assert.equal(glyphOf(item, true).sheets, 1);
  const other = { ...item, tensor: tensorOf([1, 3, 28, 28], { picture: { ...picture, cells: base64([0, 255, 0, 255, 9, 255]) } }) };
  assert.equal(glyphOf(other, true).sheets, 3);
  assert.ok(roomOf(glyphOf(item, true)).width > 1.8 * roomOf(glyphOf({ ...item, kind: "call" }, true)).width);
  assert.ok(roomOf(glyphOf(item, false)).width < 40);
});

test("of two highest scores none is marked", () => {
  assert.equal(highestOf(rowOf([0, 255, 254])), 1);
  assert.equal(highestOf(rowOf([255, 0, 255])), null);
});

test("scores are bars with names only for one row of at most ten, and only where the numbers are those of classes", () => {
  const manner = (shape, classes) => glyphOf({ kind: "output", shape, tensor: tensorOf(shape, { picture: rowOf(Array(shape.at(-1)).fill(0)) }), classes }, true).manner;
  assert.equal(manner([1, 10], true), "classes");
  assert.equal(manner([1, 10], false), "bars");
  assert.equal(manner([2, 10], true), "sheets");
  assert.equal(manner([1, 11], true), "bars");
});

test("token ids are written, the first of them where there are many", () => {
  assert.deepEqual(numbersOf(tensorOf([2], { dtype: "int64", preview: ["5", "12"] })), ["5", "12"]);
  assert.deepEqual(numbersOf(tensorOf([9], { dtype: "int64", preview: ["5", "12", "7", "1"] })), ["5", "12", "…"]);
  assert.deepEqual(numbersOf(tensorOf([2], { preview: ["5", "12"] })), []);
});

test("a picture is filled once, when the walk is past its item, and emptied again before it", () => {
  let filled = 0;
  const marks = new Set();
  const node = { hasAttribute: (name) => marks.has(name), toggleAttribute: (name, on) => (on ? marks.add(name) : marks.delete(name)) };
  const painted = [{ node, items: [{ first: 2, last: 4 }], kind: "tensor", fill: () => filled++ }];
  for (const [step, isAhead, times] of [[1, true, 0], [3, true, 0], [4, false, 1], [9, false, 1], [0, true, 1], [4, false, 1]]) {
    paint(painted, step, step);
    assert.deepEqual([marks.has("data-ahead"), filled], [isAhead, times], `at step ${step}`);
  }
});

test("an image is grey: equal channels, or one of a batch, and nothing below zero", () => {
  const picture = { images: 3, rows: 2, columns: 2, min: 0, max: 1, cells: "" };
  assert.ok(isGrey(picture, [3, 2, 2], 1) && isGrey({ ...picture, images: 1 }, [1, 1, 2, 2], 1));
  assert.ok(!isGrey(picture, [3, 2, 2], 3) && !isGrey({ ...picture, min: -0.1 }, [3, 2, 2], 1) && !isGrey({ ...picture, images: 1 }, [2, 2], 1));
});

test("a cell is read with its index in the tensor, and as a mean where several elements share it", () => {
  const picture = { images: 3, rows: 28, columns: 28, min: 0, max: 1, cells: "" };
  assert.equal(readOut(picture, [1, 3, 28, 28], 0.53333, [2, 4, 7]), "[0, 2, 4, 7] ≈ 0.533");
  assert.equal(readOut(picture, [3, 56, 28], -2, [0, 1, 7]), "[0, 2:4, 7] mean ≈ -2");
  assert.equal(readOut({ ...picture, images: 1, rows: 1, columns: 64 }, [1, 128], 1, [0, 0, 63]), "[0, 126:128] mean ≈ 1");
  assert.equal(readOut({ ...picture, images: 1, rows: 1, columns: 3 }, [3], 1, [0, 0, 2]), "[2] ≈ 1");
});

test("a unit is dropped where a number went in and zero came out, and nowhere else", () => {
  const of = (cells, min, max) => ({ tensor: tensorOf([1, 3], { picture: { images: 1, rows: 1, columns: 3, min, max, cells: base64(cells) } }), children: [], kind: "operation", drewFrom: null });
  const given = of([255, 0, 128], 0, 2.55); // 2.55, 0, 1.28
  const after = { ...of([0, 0, 255], 0, 2.56), drewFrom: given };
  assert.deepEqual(droppedOf(after), [0], "the second was zero before");
  assert.deepEqual(droppedOf({ ...after, drewFrom: null }), []);
  const call = { ...after, kind: "call", drewFrom: null, children: [after] };
  assert.deepEqual(droppedOf(call), [0]);
  assert.deepEqual(droppedOf({ ...call, tensor: of([0, 9, 255], 0, 2.56).tensor }), [], "a hook put something else in its place");
  assert.deepEqual(droppedOf({ ...after, tensor: { ...after.tensor, shape: [1, 6] }, drewFrom: { ...given, tensor: { ...given.tensor, shape: [1, 6] } } }), [], "averaged");
});
