// Which units a dropout set to zero, by what went in and what came out.

import { cellsOf } from "../shared/pictures.js";

/** @import { PicturePayload, TensorPayload } from "../shared/payload.js" */
/** @import { Item } from "./item.js" */

const STEPS = 255; // of a cell's byte

/**
 * Return the cells of an item's picture that were set to zero: of a dropout, or of the call that consists of
 * it. There are none where the record does not have both tensors, or where several elements share a cell.
 * @param {Item} item
 * @returns {number[]}
 */
export function droppedOf(item) {
  const operation = item.kind === "call" && item.children.length === 1 ? item.children[0] : item;
  const before = operation.drewFrom?.tensor, after = item.tensor;
  if (!before?.picture || !after?.picture || String(before.shape) !== String(after.shape)) return [];
  if (after.picture.cells !== operation.tensor?.picture?.cells) return []; // the call gave something else
  if (!hasEachElement(after, after.picture)) return [];
  const given = cellsOf(before.picture), came = cellsOf(after.picture), unsure = halfStep(before.picture), rest = halfStep(after.picture);
  return [...came.keys()].filter((at) => Math.abs(came[at]) <= rest && Math.abs(given[at]) - unsure > Math.abs(came[at]) + rest);
}

/** @type {(tensor: TensorPayload, picture: PicturePayload) => boolean} */
const hasEachElement = ({ shape }, { images, rows, columns }) => images * rows * columns === shape.reduce((size, side) => size * side, 1);

/**
 * Return how far a cell may be from its number.
 * @param {PicturePayload} picture
 */
const halfStep = ({ min, max }) => (max - min) / STEPS / 2;
