// The model as a tree of items, in order of execution: operations lie in module calls and hooks, and these in one another.

import { BACKWARD } from "../shared/record.js";
import { made } from "./item.js";
import { foldRepeats } from "./repeats.js";
import { tensorsOf } from "./tensors.js";

/** @import { IndexedRecord } from "../shared/record.js" */
/** @import { RiverPayload, TensorPayload, ValuePayload } from "../shared/payload.js" */
/** @import { Item } from "./item.js" */

/**
 * @typedef {object} River
 * @property {Item} root  its children are the inputs, the outermost calls, the outputs, and `backward()`
 * @property {Item[]} operations  by their numbers
 * @property {[Item, Item][]} edges  from what made a tensor to what took it
 */

/**
 * Return the tree of a record.
 * @param {IndexedRecord} record
 * @param {RiverPayload} river
 * @returns {River}
 */
export function riverOf(record, river) {
  const root = made("root", "root", { last: Number.MAX_SAFE_INTEGER });
  const containers = containersOf(record, river, root);
  const tensors = tensorsOf(record, river);
  const operations = river.operations.name.map((_, index) => operationOf(record, river, index, containers, tensors[index]));
  /** @type {Map<Item, Item[]>} */
  const own = new Map();
  for (const operation of operations) append(own, operation);
  const nested = /** @type {Map<Item, Item[]>} */ (new Map());
  for (const item of containers.all) append(nested, item);
  const place = new Map(operations.map((operation, index) => [operation, index]));
  const firstOperation = new Map(); // container → the number of its first operation
  for (const item of [root, ...containers.all].reverse()) { // inner ones first
    const children = merged(own.get(item) ?? [], nested.get(item) ?? [], (operation, box) => {
      const begins = firstOperation.get(box);
      return begins === undefined ? record.completedAt[operation.last] < box.first : (place.get(operation) ?? 0) < begins;
    });
    for (const child of children) {
      const begins = place.get(child) ?? firstOperation.get(child);
      if (begins !== undefined && !firstOperation.has(item)) firstOperation.set(item, begins);
      item.count += child.count;
    }
    item.children = foldRepeats(item, children);
  }
  const edges = river.edges.map(([from, to]) => /** @type {[Item, Item]} */ ([operations[from], operations[to]]));
  const taken = /** @type {Map<Item, Item[]>} */ (new Map(operations.filter((_, index) => river.operations.drops[index]).map((each) => [each, []])));
  for (const [source, target] of edges) taken.get(target)?.push(source);
  for (const [operation, sources] of taken) if (sources.length === 1) operation.drewFrom = sources[0];
  return { root, operations, edges };
}

/**
 * Return what contains others: module calls and hooks, each with its parent, in the order in which they begin; and for
 * each frame the one that it runs in.
 * @param {IndexedRecord} record
 * @param {RiverPayload} river
 * @param {Item} root
 */
function containersOf(record, { calls }, root) {
  const { frames, steps } = record;
  const backwardFrom = record.phase.indexOf(BACKWARD);
  const backward = made("backward", "backward", { name: "backward()", first: backwardFrom, last: record.count - 1, parent: root });
  const called = pathsOf(calls).map((path, index) => made("call", `c${index}`, {
    name: calls.module[index].replace(/^\./, "") || "model", note: calls.module_class[index], number: calls.number[index],
    call: `${path}#${calls.number[index]}`, first: calls.first[index], last: calls.last[index], ...returned(record, calls.last[index]),
  }));
  const callOfFrame = new Map(called.map((item, index) => [steps.frame[item.first], index]));
  /** @type {Item[]} */
  const all = [];
  /** @type {Item[]} */
  const ofFrame = [];
  frames.code.forEach((_, frame) => {
    const first = record.stepsOfFrame[frame][0] ?? 0;
    const around = frames.caller[frame] >= 0 ? ofFrame[frames.caller[frame]] : backwardFrom >= 0 && first >= backwardFrom ? backward : root;
    const call = callOfFrame.get(frame);
    let home = around;
    if (call !== undefined) {
      home = called[call];
      home.parent = around.kind === "hook" || calls.parent[call] < 0 ? around : called[calls.parent[call]];
    } else if (frames.role[frame] === "hook") {
      const last = record.stepsOfFrame[frame].at(-1) ?? first;
      home = made("hook", `h${frame}`, {
        name: frames.function[frame].split(".").at(-1), note: record.phase[first] === "pre-hooks" ? "pre-hook" : "hook",
        first, last, hooked: true, parent: around, ...returned(record, last),
      });
    }
    if (home !== around) all.push(home);
    ofFrame.push(home);
  });
  for (const [index, call] of called.entries()) {
    if (call.parent) continue; // it has a frame
    call.parent = calls.parent[index] < 0 ? root : called[calls.parent[index]];
    all.push(call);
  }
  if (all.some(({ parent }) => parent === backward)) all.unshift(backward);
  return { all: all.sort((a, b) => a.first - b.first), called, ofFrame, root };
}

/**
 * Return the whole path of each call's module.
 * @param {RiverPayload["calls"]} calls
 */
export function pathsOf({ module, parent }) {
  /** @type {string[]} */
  const paths = [];
  module.forEach((path, index) => paths.push(path.startsWith(".") ? paths[parent[index]] + path : path));
  return paths;
}

/**
 * Return the tensor that a frame returned at its last step, and how many there are.
 * @param {IndexedRecord} record
 * @param {number} step
 */
function returned({ payload }, step) {
  const value = payload.values[payload.returned[step] ?? -1];
  const raised = payload.steps.kind[step] === "exception";
  const tensors = value ? [value, ...(value.items ?? []).map(([, item]) => item)].flatMap(tensorOf) : [];
  return { raised, shape: tensors[0]?.shape ?? null, outputs: tensors.length, tensor: tensors[0] ?? null };
}

/** @param {ValuePayload} value */
const tensorOf = ({ tensor }) => (tensor ? [tensor] : []);

/**
 * Return an operation, with the innermost container that it ran in as its parent.
 * @param {IndexedRecord} record
 * @param {RiverPayload} river
 * @param {number} index
 * @param {ReturnType<typeof containersOf>} containers
 * @param {TensorPayload | null} tensor  what it gave
 */
function operationOf(record, { operations, shapes, classes }, index, { called, ofFrame, root }, tensor) {
  const first = operations.first[index], hooked = operations.in_hook[index];
  const inFrame = hooked ? ofFrame[record.steps.frame[first]] : undefined;
  const call = called[operations.call[index]] ?? root;
  return made(operations.kind[index], `n${index}`, {
    name: operations.name[index], first, last: operations.last[index], shape: shapes[operations.output[index]] ?? null,
    outputs: operations.outputs[index], raised: operations.raised[index], hooked, count: 1,
    tensor, classes: operations.kind[index] === "output" && classes,
    parent: inFrame?.kind === "hook" ? inFrame : call,
  });
}

/**
 * Put an item to those of its parent.
 * @param {Map<Item, Item[]>} of
 * @param {Item} item
 */
function append(of, item) {
  const parent = /** @type {Item} */ (item.parent);
  const known = of.get(parent);
  if (known) known.push(item);
  else of.set(parent, [item]);
}

/**
 * Return two lists as one, in order.
 * @param {Item[]} operations
 * @param {Item[]} boxes
 * @param {(operation: Item, box: Item) => boolean} comesFirst
 */
function merged(operations, boxes, comesFirst) {
  /** @type {Item[]} */
  const found = [];
  let at = 0;
  for (const box of boxes) {
    while (at < operations.length && comesFirst(operations[at], box)) found.push(operations[at++]);
    found.push(box);
  }
  return found.concat(operations.slice(at));
}
