// Which boxes are open: those that the walk is in, and those that the reader opened.

import { noteOf } from "./item.js";

/** @import { Item } from "./item.js" */

/**
 * Something in view: an item, what is shown of it where it is open, and whether it has its whole width.
 * @typedef {object} View
 * @property {Item} item
 * @property {number} round  of a repeat: the one that is shown
 * @property {boolean} open
 * @property {boolean} slim  whether it is one of several that share a narrow box
 * @property {{ box: number, picture: number, height: number, width: number } | null} leaf  the room that its box takes
 *   folded, its tensor's picture (and how high that is), and both with what is written below; null before it is measured
 * @property {View[]} children  empty where it is not open
 */

/**
 * What the reader opened and closed by hand.
 * @typedef {{ opened: Set<Item>, closed: Set<Item> }} Wishes
 */

/** @type {Item["kind"][]} */
const FOLDING = ["call", "hook", "backward", "repeat"];

/**
 * Return whether an item can be opened.
 * @param {Item} item
 */
export const isBox = ({ kind, children }) => FOLDING.includes(kind) && (children.length > 0 || kind === "call");

/**
 * Return the boxes around a step, from the outermost to the innermost, each with the round that it is in.
 * @param {Item} root
 * @param {number} step
 */
export function pathAt(root, step) {
  /** @type {Map<Item, number>} */
  const path = new Map();
  for (let item = root; ;) {
    const round = item.rounds.length ? roundAt(item, step) : 0;
    path.set(item, round);
    const inner = lastBegun(childrenOf(item, round).filter(({ kind }) => FOLDING.includes(kind)), step);
    if (!inner || inner.last < step) return path;
    item = inner;
  }
}

/**
 * Return what a box holds; of a repeat, in one of its rounds.
 * @param {Item} item
 * @param {number} round
 */
export const childrenOf = (item, round) => item.rounds[round] ?? item.children;

/**
 * Return the round of a repeat that a step is in.
 * @param {Item} repeat
 * @param {number} step
 */
function roundAt({ rounds }, step) {
  let low = 0, high = rounds.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (rounds[middle][0].first <= step) low = middle;
    else high = middle;
  }
  return low;
}

/**
 * Return the last item that has begun at a step.
 * @param {Item[]} items  in the order in which they begin
 * @param {number} step
 */
function lastBegun(items, step) {
  let low = 0, high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (items[middle].first <= step) low = middle + 1;
    else high = middle;
  }
  return items[low - 1];
}

/**
 * Return what is in view: an outermost call is open, an only child is, what the walk is in, and what the reader wants.
 * @param {Item} root
 * @param {Map<Item, number>} path
 * @param {Wishes} wishes
 * @returns {View}
 */
export function viewOf(root, path, wishes) {
  /** @type {(item: Item, isOnly: boolean) => View} */
  const view = (item, isOnly) => {
    const round = path.get(item) ?? 0;
    const wanted = path.has(item) || wishes.opened.has(item) || isOnly;
    const open = item === root || (isBox(item) && wanted && !wishes.closed.has(item));
    const shown = open ? childrenOf(item, round) : [];
    const only = onlyBox(item, shown);
    return { item, round, open, slim: false, leaf: null, children: shown.map((child) => view(child, child === only)) };
  };
  return view(root, false);
}

/**
 * Return what stands beside the name of an open box: of a repeat, which round it shows.
 * @param {View} view
 */
export const openNote = ({ item, round }) =>
  (item.rounds.length ? `round ${(round + 1).toLocaleString("en")} of ${item.rounds.length.toLocaleString("en")}` : noteOf(item));

/**
 * Return the box that is open because there is nothing else to see: the only outermost call, or an only child.
 * @param {Item} item
 * @param {Item[]} shown  its children
 */
function onlyBox(item, shown) {
  const boxes = shown.filter(({ kind }) => kind === "call" || kind === "repeat");
  const isAlone = boxes.length === 1 && (item.kind === "root" || (shown.length === 1 && boxes[0].children.some(isBox)));
  return isAlone ? boxes[0] : undefined;
}

/**
 * Return the module call with the most around it: the first of them.
 * @param {Item} root
 */
export function deepest(root) {
  let found = root, most = 0;
  /** @type {(item: Item, depth: number) => void} */
  const visit = (item, depth) => {
    if (depth > most && item.kind === "call") [found, most] = [item, depth];
    for (const child of item.children) if (isBox(child)) visit(child, depth + 1);
  };
  visit(root, 0);
  return found;
}
