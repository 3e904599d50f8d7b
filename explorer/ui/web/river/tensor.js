// A tensor as a slim picture of its shape: a vector is a bar, a matrix some bars, an image its sheets.

/** @typedef {{ width: number, height: number, sheets: number, step: number }} Glyph */

const SMALLEST = 4, LARGEST = 22; // of a side, in letters of 13 pixels
const SHEETS = 3;

/**
 * Return how a shape is drawn: sheets of a width and a height, each a step behind the one before. The more elements along
 * a dimension, the longer the side; twice as many make it longer by the same amount.
 * @param {number[]} shape
 * @returns {Glyph}
 */
export function glyphOf(shape) {
  if (!shape.length) return { width: 6, height: 6, sheets: 1, step: 0 };
  const [rows, columns] = [shape.at(-2) ?? 1, shape.at(-1) ?? 1];
  if (shape.length <= 2) return { width: 5, height: side(columns), sheets: Math.min(Math.max(rows, 1), SHEETS), step: 7 };
  return { width: side(columns), height: side(rows), sheets: Math.min(Math.max(shape.at(-3) ?? 1, 1), SHEETS), step: 3 };
}

/** @param {number} size */
const side = (size) => Math.min(SMALLEST + 2.2 * Math.log2(Math.max(size, 1)), LARGEST);

/**
 * Return the room that a glyph takes.
 * @param {Glyph} glyph
 */
export function roomOf({ width, height, sheets, step }) {
  const behind = (sheets - 1) * step;
  return { width: width + behind, height: height + (step < width ? behind : 0) };
}

/**
 * Return a shape as it is written below its picture.
 * @param {number[]} shape
 * @param {number} [outputs]  how many tensors there are, of which this is the first
 */
export function shapeText(shape, outputs = 1) {
  const sizes = shape.length ? shape.join("×") : "scalar";
  return outputs > 1 ? `${sizes} +${outputs - 1}` : sizes;
}
