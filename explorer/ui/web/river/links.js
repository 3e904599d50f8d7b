// The links between boxes in view: each tensor's edge, lifted to what is shown of its two ends.

import { segmentsOf } from "./fit.js";

/** @import { View } from "./fold.js" */
/** @import { Item } from "./item.js" */
/** @import { River } from "./tree.js" */

export const IN = -1; // the left edge of the box around; its right edge is the number of its segments
const MOST_LANES = 3;

/**
 * A link between two segments of a box, by their numbers.
 * @typedef {object} Link
 * @property {number} from  IN for the left edge of the box
 * @property {number} to
 * @property {number} lane  0 for a straight one, else how high its arc is
 * @property {boolean} through  whether it goes on through boxes in which no operation ran
 */

/**
 * Return the links in each open item.
 * @param {River} river
 * @param {View} root
 * @returns {Map<View, Link[]>}
 */
export function linksOf({ edges }, root) {
  const shown = shownItems(root);
  /** @type {Map<View, Set<string>>} */
  const pairs = new Map();
  /** @type {(inside: View | undefined, from: number, to: number) => void} */
  const add = (inside, from, to) => {
    if (!inside) return;
    const known = pairs.get(inside);
    if (known) known.add(`${from} ${to}`);
    else pairs.set(inside, new Set([`${from} ${to}`]));
  };
  for (const [source, target] of edges) {
    let from = nearest(shown, source), to = nearest(shown, target);
    while (from && to && from.inside !== to.inside) {
      const [isDeeper, isHigher] = [from.depth >= to.depth, from.depth <= to.depth];
      if (isHigher) add(to.inside, IN, to.at);
      if (isDeeper) add(from.inside, from.at, from.count);
      if (isHigher) to = to.around;
      if (isDeeper) from = from.around;
    }
    if (from && to && from.at < to.at) add(from.inside, from.at, to.at);
  }
  return new Map([...pairs].map(([inside, found]) => [inside, laid(inside, found)]));
}

/**
 * An item in view: the open item that it is in, the number of its segment there, and how many there are.
 * @typedef {{ inside?: View, around?: Shown, at: number, count: number, depth: number }} Shown
 */

/**
 * Return where each item in view is.
 * @param {View} root
 */
function shownItems(root) {
  /** @type {Map<Item, Shown>} */
  const found = new Map();
  /** @type {(view: View, self: Shown) => void} */
  const visit = (view, self) => {
    found.set(view.item, self);
    if (!view.open) return;
    const segments = segmentsOf(view);
    segments.forEach((segment, at) => {
      const shared = { inside: view, around: self, at, count: segments.length, depth: self.depth + 1 };
      for (const child of segment) visit(child, shared);
    });
  };
  visit(root, { at: 0, count: 1, depth: 0 });
  return found;
}

/**
 * Return what shows an item: itself, or the innermost box around it that is in view.
 * @param {Map<Item, Shown>} shown
 * @param {Item} item
 */
function nearest(shown, item) {
  for (let at = /** @type {Item | null} */ (item); at; at = at.parent) {
    const found = shown.get(at);
    if (found) return found;
  }
  return undefined;
}

/**
 * Return the links of a box, each with its lane: straight between neighbours, else an arc above what lies between.
 * @param {View} inside
 * @param {Set<string>} pairs
 * @returns {Link[]}
 */
function laid(inside, pairs) {
  const segments = segmentsOf(inside);
  /** @param {number} at */
  const isEmpty = (at) => segments[at].every(({ item }) => item.count === 0);
  const links = [...pairs].map((pair) => {
    const [from, to] = pair.split(" ").map(Number);
    let between = from + 1;
    while (between < to && isEmpty(between)) between++;
    return { from, to, lane: between < to ? 1 : 0, through: between > from + 1 };
  });
  /** @type {number[]} */
  const ends = []; // of each lane, where its last arc ends
  for (const link of links.filter(({ lane }) => lane).sort((a, b) => a.from - b.from || a.to - b.to)) {
    let lane = ends.findIndex((end) => end <= link.from);
    if (lane < 0) lane = ends.length < MOST_LANES ? ends.length : MOST_LANES - 1;
    ends[lane] = Math.max(link.to, ends[lane] ?? 0);
    link.lane = lane + 1;
  }
  return links;
}
