// The whole model fits into the width there is: what is far from the running item shares narrow boxes.

import { noteOf } from "./item.js";
import { glyphOf, roomOf, shapeText } from "./tensor.js";

/** @import { View } from "./fold.js" */
/** @import { Item } from "./item.js" */

/**
 * How large letters are.
 * @typedef {object} Measures
 * @property {number} text  the size of the letters, in pixels
 * @property {(text: string) => number} width  of a text, in pixels
 * @property {boolean} isLarge  whether what goes in and comes out is drawn large
 * @property {number} gap  between two boxes: an arrow
 * @property {(view: View) => boolean} isAside  whether a box has its stations at its left
 * @property {number} stationRows  of those
 * @property {(view: View) => number} title  of an open box's name
 * @property {(view: View) => number} head  of what stands above an open box's content
 * @property {(view: View) => number} aside  of what stands at the left of it
 */

/** @typedef {View[]} Segment  one item, or several slim ones that share a box */

export const PADDING = 7;
const WIDEST_NAME = 190;
const TOO_WIDE = 1e6;
const SPREAD = 1.5; // how much further away each level around the innermost one counts
const NARROWEST_RUN = 26, WIDEST_RUN = 130, TICK = 6;

/**
 * Return the children of an open item, the slim ones that stand side by side as one.
 * @param {View} view
 * @returns {Segment[]}
 */
export function segmentsOf({ children }) {
  /** @type {Segment[]} */
  const found = [];
  for (const child of children) {
    const before = found.at(-1);
    if (child.slim && before?.[0].slim) before.push(child);
    else found.push([child]);
  }
  return found;
}

/**
 * Return the room that a folded item takes: its box, its tensor's picture, and both with what is written below.
 * @param {Item} item
 * @param {Pick<Measures, "text" | "width" | "isLarge">} measures
 * @returns {NonNullable<View["leaf"]>}
 */
function leafSize(item, measures) {
  const { kind, name, shape, outputs } = item;
  const isEnd = kind === "input" || kind === "output";
  const text = Math.max(measures.width(name), measures.width(noteOf(item)));
  const box = isEnd ? 0 : Math.min(text, WIDEST_NAME) + 2 * PADDING + 2;
  const room = shape ? roomOf(glyphOf(item, measures.isLarge)) : { width: 0, height: 0 };
  const scale = measures.text / 13;
  const picture = room.width * scale + (shape && !isEnd ? 4 : 0);
  const below = shape ? measures.width(shapeText(shape, outputs)) + 2 : 0;
  const title = isEnd ? measures.width(ENDS[kind]) + (item.classes ? measures.width(ANSWER) : 0) : 0;
  return { box, picture, height: room.height * scale, width: Math.max(box + picture, below, title) };
}

/** @type {Record<string, string>} */
export const ENDS = { input: "goes in", output: "comes out" };
const ANSWER = ": 0"; // the class of the highest score, of at most ten

/**
 * Return the width of a segment.
 * @param {Segment} segment
 * @param {Measures} measures
 */
export const widthOf = (segment, measures) => (segment[0].slim ? runWidth(segment.length) : viewWidth(segment[0], measures));

/**
 * Return the width of a box that some share.
 * @param {number} count
 */
const runWidth = (count) => Math.min(Math.max(NARROWEST_RUN, count * TICK + 8), WIDEST_RUN);

/**
 * Return the room that a folded item takes, measured once.
 * @param {View} view
 * @param {Measures} measures
 */
export const leafOf = (view, measures) => (view.leaf ??= leafSize(view.item, measures));

/** Return the width of one that is not slim.
 * @type {(view: View, measures: Measures) => number} */
function viewWidth(view, measures) {
  if (!view.open) return leafOf(view, measures).width;
  const isRoot = view.item.kind === "root";
  const head = isRoot ? 0 : measures.head(view) + 2 * PADDING;
  return Math.max(head, contentWidth(view, measures) + measures.aside(view) + (isRoot ? 0 : 2 * PADDING));
}

/**
 * Return the width of what an open item contains, with the arrows between.
 * @param {View} view
 * @param {Measures} measures
 */
export function contentWidth({ item, children }, measures) {
  let width = 0, count = 0, run = 0;
  for (const child of children) {
    if (child.slim) {
      if (!run) count++;
      run++;
      continue;
    }
    if (run) width += runWidth(run);
    run = 0;
    width += viewWidth(child, measures);
    count++;
  }
  if (run) width += runWidth(run);
  const gaps = item.kind === "root" ? count - 1 : count + 1;
  return width + (count ? gaps * measures.gap : 0);
}

/**
 * Make as few items slim as it takes for all to have room, those first that are furthest from what runs. Return how many
 * that are; where there is not room enough even so, a large number that grows with the width.
 * @param {View} root
 * @param {number} room
 * @param {(view: View) => number} focusOf  of an open item, the child that runs or is next
 * @param {Measures} measures
 */
export function fit(root, room, focusOf, measures) {
  const candidates = candidatesOf(root, focusOf), total = candidates.length;
  let marked = 0; // so many of the first are slim
  for (const view of candidates) view.slim = false;
  /** @param {number} count */
  const isEnough = (count) => {
    for (; marked < count; marked++) candidates[marked].slim = true;
    for (; marked > count; marked--) candidates[marked - 1].slim = false;
    return viewWidth(root, measures) <= room;
  };
  if (isEnough(0)) return 0;
  let low = Math.min(Math.max(1, total - Math.ceil(room / NARROWEST_RUN)), total), high = total; // no more have room
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isEnough(middle)) high = middle;
    else low = middle + 1;
  }
  return isEnough(low) ? low : TOO_WIDE + viewWidth(root, measures);
}

/**
 * Return what may be slim, the furthest first: neither what runs, nor what is open, nor an end of the river.
 * @param {View} root
 * @param {(view: View) => number} focusOf
 */
function candidatesOf(root, focusOf) {
  /** @type {{ view: View, depth: number, distance: number }[]} */
  const found = [];
  let deepest = 0;
  /** @type {(view: View, depth: number) => void} */
  const visit = (view, depth) => {
    deepest = Math.max(deepest, depth);
    const focus = focusOf(view);
    view.children.forEach((child, at) => {
      if (child.open) visit(child, depth + 1);
      else if (at !== focus && child.item.kind !== "input" && child.item.kind !== "output") {
        found.push({ view: child, depth, distance: Math.abs(at - focus) });
      }
    });
  };
  visit(root, 0);
  /** @param {{ depth: number, distance: number }} one */
  const far = ({ depth, distance }) => distance + SPREAD * (deepest - depth);
  return found.sort((a, b) => far(b) - far(a)).map(({ view }) => view);
}
