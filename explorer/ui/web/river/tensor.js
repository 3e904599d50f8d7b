// How large a tensor is drawn: an image or its sheets, a row of bars, the scores of classes, or the first numbers.

import { cellsOf, imagesOf } from "../shared/pictures.js";

/** @import { PicturePayload } from "../shared/payload.js" */
/** @import { Item } from "./item.js" */

/** @typedef {"sheets" | "bars" | "classes" | "numbers"} Manner */
/** @typedef {{ manner: Manner, width: number, height: number, sheets: number, step: number }} Glyph */

const SMALLEST = 4, LARGEST = 22; // of a side, in letters of 13 pixels
const SHEETS = 3;
const END = 52, BARS = 20; // of an end's picture; the width of a row of bars
export const CLASS = 10; // the width of a class's bar and name
export const SCORES = 40; // the height of those bars
export const AROUND_SCORES = 4; // pixels at each side of them
const CLASS_NAME = 15;
export const MOST_CLASSES = 10;
export const LINE = 17; // the height of a number
const MOST_NUMBERS = 3, DIGIT = 8;

/**
 * Return how an item's tensor is drawn: sheets of a width and a height, each a step behind the one before. The more
 * elements along a dimension, the longer the side; twice as many make it longer by the same amount.
 * @param {Pick<Item, "kind" | "shape" | "tensor" | "classes">} item
 * @param {boolean} isLarge  whether what goes in and comes out has room for a large picture
 * @returns {Glyph}
 */
export function glyphOf({ kind, shape, tensor, classes }, isLarge) {
  const isInput = kind === "input", isEnd = isLarge && (isInput || kind === "output");
  if (!shape?.length) return { manner: "sheets", width: 6, height: 6, sheets: 1, step: 0 };
  const columns = shape.at(-1) ?? 1, rows = shape.at(-2) ?? 1, before = shape.at(-3) ?? 1;
  const isRow = shape.slice(0, -1).every((size) => size === 1);
  if (isEnd && classes && isRow && tensor?.picture && columns <= MOST_CLASSES) {
    return { manner: "classes", width: columns * CLASS + 2 * AROUND_SCORES, height: SCORES + CLASS_NAME + 2 * AROUND_SCORES, sheets: 1, step: 0 };
  }
  const numbers = isEnd && tensor ? numbersOf(tensor) : [];
  if (numbers.length) {
    return { manner: "numbers", width: Math.max(...numbers.map((text) => text.length)) * DIGIT, height: numbers.length * LINE, sheets: 1, step: 0 };
  }
  if (isRow) return { manner: "bars", width: isEnd ? END : BARS, height: isEnd ? LARGEST * 1.5 : LARGEST, sheets: 1, step: 0 };
  const width = side(columns), height = side(rows), most = isEnd ? END / Math.max(width, height) : 1;
  const sheets = isInput && tensor?.picture && areEqual(tensor.picture) ? 1 : Math.min(Math.max(before, 1), SHEETS);
  return { manner: "sheets", width: width * most, height: height * most, sheets, step: 3 };
}

/**
 * Return the first elements of whole numbers, as token ids are, with a mark where there are more.
 * @param {NonNullable<Item["tensor"]>} tensor
 */
export function numbersOf({ dtype, preview, shape }) {
  if (!/^u?int/.test(dtype)) return [];
  const few = preview.slice(0, MOST_NUMBERS), size = shape.reduce((product, each) => product * each, 1);
  return size > few.length && few.length ? [...few.slice(0, -1), "…"] : few;
}

/**
 * Return whether all images of a picture are equal, as the channels of a grey one are.
 * @param {PicturePayload} picture
 */
function areEqual(picture) {
  return imagesOf(picture, cellsOf(picture)).length === 1;
}

/** @param {number} size */
const side = (size) => Math.min(SMALLEST + 2.2 * Math.log2(Math.max(size, 1)), LARGEST);

/**
 * Return the room that a glyph takes.
 * @param {Pick<Glyph, "width" | "height" | "sheets" | "step">} glyph
 */
export function roomOf({ width, height, sheets, step }) {
  const behind = (sheets - 1) * step;
  return { width: width + behind, height: height + behind };
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
