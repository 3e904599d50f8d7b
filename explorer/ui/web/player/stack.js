// The call stack: one group for each module, one row for each of its frames, the outermost at the top.

import { button, closest, element, find } from "../shared/dom.js";
import { stackAt } from "../shared/record.js";

/** @import { IndexedRecord } from "../shared/record.js" */
/** @import { Walk } from "../shared/walk.js" */

const DEEPEST_INDENT = 6;

/**
 * Make the pane.
 * @param {HTMLElement} root
 * @param {{ jumpToFrame: (frame: number) => void }} leads
 */
export function stackPane(root, { jumpToFrame }) {
  const list = find(root, ".stack .frames");
  /** @type {IndexedRecord} */
  let record;
  /** @type {Map<number, { item: HTMLElement, row: HTMLElement }>} */
  let rows = new Map(); // by frame
  /** @type {string | null} */
  let drawn = null; // the frames of the stack that is drawn
  /** @type {HTMLElement | undefined} */
  let current;

  list.addEventListener("click", (event) => {
    const row = closest(event, "[data-frame]");
    if (row) jumpToFrame(Number(row.dataset.frame));
  });

  /** @param {IndexedRecord} next */
  function load(next) {
    record = next;
    rows = new Map();
    drawn = null;
    current = undefined;
  }

  /** @type {(walk: Walk, k: number) => void} */
  function show({ order }, k) {
    const stack = stackAt(record, order[k]);
    const key = stack.join();
    if (key !== drawn) draw(stack);
    drawn = key;
    const top = stack.length ? rows.get(stack[stack.length - 1])?.row : undefined;
    if (top === current) return;
    current?.removeAttribute("aria-current");
    top?.setAttribute("aria-current", "true");
    current = top;
  }

  /** @param {number[]} stack */
  function draw(stack) {
    const { frames } = record;
    const groups = grouped(stack, (frame) => `${frames.module[frame]}#${frames.module_call[frame]}`);
    const items = groups.map((members, indent) => {
      const group = groupOf(members[0], members.map(itemOf));
      group.style.setProperty("--indent", String(Math.min(indent, DEEPEST_INDENT)));
      return group;
    });
    list.replaceChildren(...(items.length ? items : [element("li", "none", "No frame yet: Python looks for the method to call.")]));
  }

  /** @type {(frame: number, items: HTMLElement[]) => HTMLElement} */
  function groupOf(frame, items) {
    const { module, module_class: className, module_call: call } = record.frames;
    const name = module[frame], number = call[frame] ?? 0;
    const group = element("li", "group", element("p", "module",
      element("b", "", name === null ? "no module" : name === "" ? "model" : shortened(name)),
      element("span", "class", className[frame] ?? ""),
      number > 1 ? element("span", "again", `call ${number}`) : null), element("ol", "calls", ...items));
    if (name) group.title = name;
    return group;
  }

  /** @param {number} frame */
  function itemOf(frame) {
    const known = rows.get(frame);
    if (known) return known.item;
    const name = record.frames.function[frame].split(".").pop() ?? "";
    const row = button("frame", `${name}, jump to where it was called`, element("span", "name", name));
    row.dataset.frame = String(frame);
    row.dataset.role = record.frames.role[frame];
    const item = element("li", "", row);
    rows.set(frame, { item, row });
    return item;
  }

  /** Go to the innermost frame. It asks for the layout, so call it when all panes have written what they show. */
  const scroll = () => { list.scrollTop = list.scrollHeight; };

  return { load, show, scroll };
}

/**
 * Return the stretches of neighbours that have the same key.
 * @param {number[]} items
 * @param {(item: number) => string} keyOf
 */
export function grouped(items, keyOf) {
  /** @type {number[][]} */
  const groups = [];
  items.forEach((item, at) => {
    if (at && keyOf(item) === keyOf(items[at - 1])) groups[groups.length - 1].push(item);
    else groups.push([item]);
  });
  return groups;
}

/**
 * Return the last two parts of a longer path: what contains them stands just above.
 * @param {string} path
 */
export function shortened(path) {
  const parts = path.split(".");
  return parts.length > 2 ? `…${parts.slice(-2).join(".")}` : path;
}
