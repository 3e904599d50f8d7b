// What comes again and again becomes one item: a loop of 250 rounds is one box with its round that runs.

import { made } from "./item.js";

/** @import { Item } from "./item.js" */

const FEW = 12; // so many children are shown one by one
const LEAST = 3; // rounds
const LONGEST = 64; // items of a round

/**
 * Return the children of an item, with a repeat in place of what comes at least three times in a row. Each child gets
 * the item or the repeat as its parent. The work grows with the number of children, at most 64 times.
 * @param {Item} parent
 * @param {Item[]} children
 */
export function foldRepeats(parent, children) {
  if (children.length <= FEW) return children;
  const signs = signsOf(children);
  const next = nextOfSame(signs);
  /** @type {Item[]} */
  const found = [];
  for (let at = 0; at < children.length;) {
    const length = next[at] - at, times = length <= LONGEST ? timesAt(signs, at, length) : 1;
    if (times >= LEAST) {
      found.push(repeatOf(parent, children.slice(at, at + length * times), length));
      at += length * times;
    } else {
      found.push(children[at++]);
    }
  }
  return found;
}

/**
 * Return a number for each item, the same for two that look the same: in kind, name and all that they contain.
 * @param {Item[]} items
 */
function signsOf(items) {
  /** @type {Map<string, number>} */
  const known = new Map();
  /** @type {(item: Item) => number} */
  const signOf = ({ kind, name, note, children }) => {
    const text = [kind, kind === "call" ? "" : name, note, ...children.map(signOf)].join(" ");
    const sign = known.get(text) ?? known.size;
    known.set(text, sign);
    return sign;
  };
  return items.map(signOf);
}

/**
 * Return for each sign where the same comes next; infinity where it does not.
 * @param {number[]} signs
 */
function nextOfSame(signs) {
  const next = new Array(signs.length).fill(Infinity);
  const seen = new Map();
  for (let at = signs.length - 1; at >= 0; at--) {
    next[at] = seen.get(signs[at]) ?? Infinity;
    seen.set(signs[at], at);
  }
  return next;
}

/**
 * Return how many times the signs from a place come in a row.
 * @param {number[]} signs
 * @param {number} at
 * @param {number} length  of one round
 */
function timesAt(signs, at, length) {
  let end = at + length;
  while (end < signs.length && signs[end] === signs[end - length]) end++;
  return Math.floor((end - at) / length);
}

/**
 * Return a repeat of items.
 * @param {Item} parent
 * @param {Item[]} items
 * @param {number} length  of one round
 */
function repeatOf(parent, items, length) {
  const names = items.slice(0, length).map(({ name }) => name);
  const lasts = items.map(({ last }) => last);
  const final = items[items.length - 1];
  const repeat = made("repeat", `r${items[0].key}`, {
    name: names.slice(0, 2).join(", ") + (length > 2 ? ", …" : ""), note: `× ${(items.length / length).toLocaleString("en")}`,
    first: items[0].first, last: lasts.reduce((a, b) => Math.max(a, b)), shape: final.shape, outputs: final.outputs,
    hooked: items.every(({ hooked }) => hooked), raised: items.some(({ raised }) => raised), parent,
    count: items.reduce((sum, { count }) => sum + count, 0),
  });
  for (let at = 0; at < items.length; at += length) repeat.rounds.push(items.slice(at, at + length));
  repeat.children = repeat.rounds[0];
  for (const item of items) item.parent = repeat;
  return repeat;
}
