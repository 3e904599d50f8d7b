// The steps that a detail level shows, and the ways to move among them. Positions count shown steps from 0.

import { inOrder } from "./record.js";

/** @import { Change, IndexedRecord } from "./record.js" */
/** @import { FrameColumns } from "./payload.js" */

/**
 * A walk along some of a record's steps.
 * @typedef {object} Walk
 * @property {IndexedRecord} record
 * @property {number[]} order  the step at each position
 * @property {number} total  of positions
 * @property {Int32Array} positionOf  for each step the position of it, or of the last shown one before it
 * @property {number[]} covers  for each position the last step before the next one
 * @property {number[]} depth  of the frame at each position, from 0; -1 for the look-up
 * @property {Int32Array} before  for each position the one before it in the same frame; -1 for none
 */

/**
 * Return the walk along the steps of a detail level; along all of them where it shows none.
 * @param {IndexedRecord} record
 * @param {number} level
 */
export function walkOf(record, level) {
  const every = record.steps.level.map((_, i) => i);
  const shown = every.filter((i) => record.steps.level[i] <= level);
  return walkAlong(record, shown.length ? shown : every);
}

/**
 * Return the walk along some of a record's steps.
 * @param {IndexedRecord} record
 * @param {number[]} order  steps in their order
 * @returns {Walk}
 */
export function walkAlong(record, order) {
  const { steps, frames, count } = record;
  const total = order.length;
  const covers = order.map((_, k) => (k + 1 < total ? order[k + 1] : count) - 1);
  const depth = order.map((i) => (steps.frame[i] < 0 ? -1 : frames.depth[steps.frame[i]]));
  const before = new Int32Array(total).fill(-1);
  const latest = new Map(); // frame → its last position so far
  for (let k = 0; k < total; k++) {
    const frame = steps.frame[order[k]];
    if (latest.has(frame)) before[k] = latest.get(frame);
    latest.set(frame, k);
  }
  return { record, order, total, positionOf: positionsOf(order, count), covers, depth, before };
}

/**
 * Return for each number below `count` the position in `order` of it, or of the last one before it; 0 before the first.
 * @param {number[]} order  numbers in their order
 * @param {number} count
 */
export function positionsOf(order, count) {
  const positions = new Int32Array(count);
  for (let i = 0, k = 0; i < count; i++) {
    while (k + 1 < order.length && order[k + 1] <= i) k++;
    positions[i] = k;
  }
  return positions;
}

/**
 * The ways to move: each returns the position to go to.
 * @type {Record<string, (walk: Walk, k: number) => number>}
 */
export const moves = {
  first: () => 0,
  last: (walk) => walk.total - 1,
  back: (_walk, k) => Math.max(k - 1, 0),
  forward: (walk, k) => Math.min(k + 1, walk.total - 1),
  into: (walk, k) => Math.min(k + 1, walk.total - 1),
  over: (walk, k) => nextUpTo(walk, k, walk.depth[k]),
  out: (walk, k) => nextUpTo(walk, k, walk.depth[k] - 1),
};

/**
 * Return the last step of what the code shows at a position: of a statement, all that it calls and the level leaves out,
 * and nothing that another statement does after it.
 * @param {Walk} walk
 * @param {number} k
 */
export function shownUntil({ record, order, covers }, k) {
  return Math.min(covers[k], record.completedAt[order[k]]);
}

/**
 * Return the next position that is at most so deep, the last one where there is none.
 * @param {Walk} walk
 * @param {number} k
 * @param {number} deepest
 */
function nextUpTo({ depth, total }, k, deepest) {
  for (let next = k + 1; next < total; next++) if (depth[next] <= deepest) return next;
  return total - 1;
}

/**
 * Return the next step at which a line of a function ran, in any call of it; after the last one the first again, -1 for
 * none. Of several, those that the detail level shows come first.
 * @param {IndexedRecord} record
 * @param {number} code  index of the function's source
 * @param {number} line
 * @param {number} level
 * @param {number} after  a step
 */
export function stepAtLine({ steps, stepsOfCode }, code, line, level, after) {
  const ran = stepsOfCode[code].filter((i) => steps.line[i] <= line && line <= steps.end_line[i] &&
    (steps.kind[i] !== "call" || steps.line[i] === line));
  const shown = ran.filter((i) => steps.level[i] <= level);
  const choices = shown.length ? shown : ran;
  return choices.find((i) => i > after) ?? choices[0] ?? -1;
}

const WORDS = { lookup: "just ran", statement: "just ran", call: "entered", return: "returned", exception: "raised" };

/**
 * Return what the statement at a position is doing, in words, and the step of the same frame that comes next; -1 where
 * the next one is of another frame, or of the same line.
 * @param {Walk} walk
 * @param {number} k
 */
export function stateAt(walk, k) {
  const { record, order, total } = walk;
  const { steps, frames } = record;
  const i = order[k], frame = steps.frame[i], isStatement = steps.kind[i] === "statement";
  const after = k + 1 < total ? order[k + 1] : -1;
  const nextFrame = after >= 0 ? steps.frame[after] : -1;
  const calls = isStatement && nextFrame >= 0 && nextFrame !== frame && isInside(frames, nextFrame, frame);
  const sameLine = after >= 0 && steps.line[after] === steps.line[i] && isStatement && steps.kind[after] !== "statement";
  const next = nextFrame === frame && frame >= 0 && !sameLine ? after : -1;
  return { word: calls ? "calls" : WORDS[steps.kind[i]], next };
}

/**
 * Return the text at a position: of a statement whose call is shown next, what will come of it; else what came of it.
 * @param {Walk} walk
 * @param {number} k
 */
export function narrationAt(walk, k) {
  const { payload, steps } = walk.record;
  const i = walk.order[k], ahead = payload.texts_ahead[i];
  return payload.texts[ahead !== undefined && stateAt(walk, k).word === "calls" ? ahead : steps.text[i]];
}

/**
 * Return whether a frame was called from another, or is that one.
 * @param {FrameColumns} frames
 * @param {number} inner
 * @param {number} outer
 */
function isInside(frames, inner, outer) {
  for (let frame = inner; frame >= 0; frame = frames.caller[frame]) if (frame === outer) return true;
  return false;
}

/**
 * Return the values of the frame at a position, by then: those that changed since the frame was last shown, and the
 * rest. Where the statement there calls, its own effect is still to come, and what changed is an earlier one's.
 * @param {Walk} walk
 * @param {number} k
 * @returns {{ changed: Change[], unchanged: Change[] }}
 */
export function valuesAt(walk, k) {
  const { record, order, covers, before } = walk;
  const frame = record.steps.frame[order[k]];
  if (frame < 0) return { changed: [], unchanged: [] };
  const since = before[k] >= 0 ? covers[before[k]] : -1;
  /** @type {Change[]} */
  const all = [];
  /** @type {{ first: Change, latest: Change }[]} */
  const changed = [];
  const until = covers[k];
  for (const changes of record.changesOfName[frame]) { // by the first change of each name
    if (changes[0].at > until) break;
    const latest = changes[countUpTo(changes, until) - 1];
    if (latest.kind !== "deleted") all.push(latest);
    if (latest.at > since) changed.push({ first: changes[countUpTo(changes, since)], latest });
  }
  if (record.steps.kind[order[k]] === "call") return { changed: [], unchanged: all }; // its arguments
  changed.sort((a, b) => inOrder(a.first, b.first));
  return { changed: changed.map(({ latest }) => latest), unchanged: all.filter(({ at }) => at <= since) };
}

/**
 * Return how many of the changes are complete at a step.
 * @param {Change[]} changes  in the order in which they are complete
 * @param {number} step
 */
function countUpTo(changes, step) {
  let low = 0, high = changes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (changes[middle].at <= step) low = middle + 1;
    else high = middle;
  }
  return low;
}
