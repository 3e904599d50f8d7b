// The steps that a detail level shows, and the ways to move among them. Positions count shown steps from 0.

export function walkOf(record, level) {
  const { steps, count } = record;
  let order = [];
  for (let i = 0; i < count; i++) if (steps.level[i] <= level) order.push(i);
  if (!order.length) order = Array.from({ length: count }, (_, i) => i);
  return walkAlong(record, order);
}

// The walk along some of a record's steps, whichever they are; `order` has them in their order.
export function walkAlong(record, order) {
  const { steps, frames, count } = record;
  const total = order.length;
  const positionOf = new Int32Array(count); // the last shown step at or before each step
  for (let i = 0, k = 0; i < count; i++) {
    while (k + 1 < total && order[k + 1] <= i) k++;
    positionOf[i] = k;
  }
  const covers = order.map((_, k) => (k + 1 < total ? order[k + 1] : count) - 1);
  const depth = order.map((i) => (steps.frame[i] < 0 ? -1 : frames.depth[steps.frame[i]]));
  const before = new Int32Array(total).fill(-1); // the shown step of the same frame before this one
  const last = new Map();
  for (let k = 0; k < total; k++) {
    const f = steps.frame[order[k]];
    if (last.has(f)) before[k] = last.get(f);
    last.set(f, k);
  }
  return { record, order, total, positionOf, covers, depth, before };
}

export const moves = {
  first: () => 0,
  last: (walk) => walk.total - 1,
  back: (walk, k) => Math.max(k - 1, 0),
  forward: (walk, k) => Math.min(k + 1, walk.total - 1),
  into: (walk, k) => Math.min(k + 1, walk.total - 1),
  over: (walk, k) => nextAt(walk, k, walk.depth[k]),
  out: (walk, k) => nextAt(walk, k, walk.depth[k] - 1),
};

function nextAt({ depth, total }, k, limit) {
  for (let next = k + 1; next < total; next++) if (depth[next] <= limit) return next;
  return total - 1;
}

// The next step at which a line of a function ran, in any call of it; after the last one the first again, -1 for none.
// Of several, those that a detail level shows come first.
export function stepAtLine({ steps, stepsOfCode }, code, wanted, level, after) {
  const ran = stepsOfCode[code].filter((i) => steps.line[i] <= wanted && wanted <= steps.end_line[i] &&
    (steps.kind[i] !== "call" || steps.line[i] === wanted));
  const shown = ran.filter((i) => steps.level[i] <= level);
  const choices = shown.length ? shown : ran;
  return choices.find((i) => i > after) ?? choices[0] ?? -1;
}

// What the statement at a position is doing, and which line of the same frame runs next, if it is of this frame.
export function stateAt(walk, k) {
  const { record, order, total } = walk;
  const { steps, frames } = record;
  const i = order[k], f = steps.frame[i], kind = steps.kind[i];
  const n = k + 1 < total ? order[k + 1] : -1;
  const nextFrame = n >= 0 ? steps.frame[n] : -1;
  let word = { call: "entered", return: "returned", exception: "raised" }[kind] ?? "just ran";
  if (kind === "statement" && nextFrame >= 0 && nextFrame !== f && isInside(frames, nextFrame, f)) word = "calls";
  const sameLine = n >= 0 && steps.line[n] === steps.line[i] && kind === "statement" && steps.kind[n] !== "statement";
  const next = nextFrame === f && f >= 0 && !sameLine ? n : -1;
  return { word, next };
}

// What is said at a position: of a statement whose call is shown next, what will come of it; else what came.
export function narrationAt(walk, k) {
  const { payload, steps } = walk.record;
  const i = walk.order[k], ahead = payload.texts_ahead?.[i];
  return payload.texts[ahead !== undefined && stateAt(walk, k).word === "calls" ? ahead : steps.text[i]];
}

function isInside(frames, inner, outer) {
  for (let f = inner; f >= 0; f = frames.caller[f]) if (f === outer) return true;
  return false;
}

// Values of the frame at a position: all it holds by then, and which of them are fresh since it was last shown. Where
// the statement there calls, its own effect is still to come, and what is fresh is an earlier one's.
export function valuesAt(walk, k) {
  const { record, order, covers, before } = walk;
  const f = record.steps.frame[order[k]];
  if (f < 0) return { fresh: [], held: [] };
  const since = before[k] >= 0 ? covers[before[k]] : -1;
  const held = new Map(), fresh = new Map();
  for (const change of record.changesOfFrame[f]) {
    if (change.at > covers[k]) break;
    held.set(change.name, change);
    if (change.at > since) fresh.set(change.name, change);
  }
  if (record.steps.kind[order[k]] === "call") return { fresh: [], held: [...held.values()] };
  return { fresh: [...fresh.values()], held: [...held.values()].filter((change) => !fresh.has(change.name)) };
}
