// The river as elements: nested lists of boxes for every reader, and the links between them as drawings.

import { button, element, svg } from "../shared/dom.js";
import { ENDS } from "./fit.js";
import { isBox, openNote } from "./fold.js";
import { droppedOf } from "./dropped.js";
import { noteOf } from "./item.js";
import { highestOf, pictured } from "./pictured.js";
import { MOST_CLASSES, shapeText } from "./tensor.js";

/** @import { Item } from "./item.js" */
/** @import { Box, Layout, Line, Running } from "./layout.js" */
/** @import { Painted } from "./paint.js" */

const MOST_TICKS = 20;

/**
 * Return the elements of a layout, and those of them that change with each step.
 * @param {Layout} layout
 * @param {Running | null} running
 * @param {number} scale  of a tensor's picture
 */
export function drawn(layout, running, scale) {
  /** @type {Painted[]} */
  const painted = [];
  /** @type {Map<string, HTMLElement>} */
  const stations = new Map(); // by their phase
  /** @type {Map<string, Box>} */
  const boxes = new Map(); // by the keys of their items

  /** @type {(children: Box[], lines: Line[], x: number, y: number, before: Item[]) => (Element | null)[]} */
  const flow = (children, lines, x, y, before) => {
    const list = element("ol", "flow", ...children.map((box) => itemOf(box, x, y)));
    return [linksOf(children, lines, x, y, before), list];
  };

  /** @type {(children: Box[], lines: Line[], x: number, y: number, before: Item[]) => SVGSVGElement | null} */
  const linksOf = (children, lines, x, y, before) => {
    if (!lines.length) return null;
    const drawing = svg("svg", { class: "links", "aria-hidden": "true" });
    for (const { link, points } of lines) {
      const source = children[link.from]?.members;
      const path = svg("path", { class: link.through ? "link through" : "link", d: pathOf(points, x, y) });
      const [endX, endY] = points[points.length - 1];
      const tip = points.length > 2 && link.to < children.length ? [endX - x, endY - y, "down"] : [endX - x, endY - y, "right"];
      const head = svg("path", { class: "tip", d: headOf(Number(tip[0]), Number(tip[1]), tip[2] === "down") });
      const group = svg("g", {}, path, head);
      drawing.append(group);
      painted.push({ node: group, items: source?.map(({ item }) => item) ?? before, kind: source ? "tensor" : "entry" });
    }
    return drawing;
  };

  /** @type {(box: Box, x: number, y: number) => HTMLElement} */
  const itemOf = (box, x, y) => {
    const [{ item, open, slim }] = box.members;
    const node = element("li", slim ? "run" : `${item.kind}${open ? " open" : ""}${item.hooked ? " hooked" : ""}${item.raised ? " raised" : ""}`);
    node.style.cssText = `left:${box.x - x}px;top:${box.y - y}px;width:${box.width}px;height:${box.height}px`;
    if (slim) return runOf(node, box);
    node.dataset.key = item.key;
    boxes.set(item.key, box);
    painted.push({ node, items: [item], kind: "item" });
    if (open) node.append(...openParts(box));
    else node.append(...leafParts(box, node));
    return node;
  };

  /** @param {Box} box */
  const openParts = (box) => {
    const { item } = box.view;
    const head = button("head", "", element("b", "", item.name), element("span", "note", openNote(box.view)));
    head.setAttribute("aria-expanded", "true");
    head.style.cssText = `left:${box.head[0] - box.x + 4}px;top:${box.head[1] - box.y + 1}px`;
    head.classList.toggle("crumb", box.head[1] !== box.y);
    const here = running?.item === item ? running.stations : [];
    const list = here.length ? element("ol", `stations${box.aside ? " aside" : ""}`, ...here.map(({ phase, first, passed }) => {
      const stop = button(passed ? "station passed" : "station", "", element("i", ""), element("span", "", phase));
      stop.title = passed ? `${phase}: asked for, and there was none` : phase;
      stop.dataset.first = String(first);
      stations.set(phase, stop);
      return element("li", "", stop);
    })) : null;
    const parts = flow(box.children, box.lines, box.x, box.y, [item]).filter((part) => part !== null);
    return [head, ...(list ? [list] : []), ...parts];
  };

  /** @type {(box: Box, node: HTMLElement) => Element[]} */
  const leafParts = (box, node) => {
    const { item } = box.view;
    const isEnd = item.kind === "input" || item.kind === "output";
    const label = isEnd ? ENDS[item.kind] : item.name;
    const shape = item.shape ? shapeText(item.shape, item.outputs) : "";
    const face = button("face", "", element(isEnd ? "span" : "b", "", label), item.note ? element("span", "note", noteOf(item)) : "");
    if (!isEnd) node.style.setProperty("--face", `${box.inner}px`);
    if (isBox(item)) face.setAttribute("aria-expanded", "false");
    face.title = describe(item);
    face.setAttribute("aria-description", describe(item));
    const hooks = item.children.some(({ kind }) => kind === "hook") ? [element("i", "hooks")] : [];
    if (!item.shape) return [face, ...hooks];
    const tensor = pictured(item, box.width, scale, layout.isLarge);
    painted.push({ node: tensor.node, items: [item], kind: "tensor", fill: () => {
      tensor.fill();
      const answer = answerOf(item);
      if (answer) face.firstElementChild?.append(element("b", "answer", answer));
      face.setAttribute("aria-description", describe(item) + contentOf(item));
    } });
    if (isEnd) node.style.setProperty("--row", `${box.height}px`);
    const written = element("span", "sizes", shape);
    written.style.width = `${box.room[1] + 8}px`;
    return [face, ...hooks, tensor.node, written];
  };

  /** @type {(node: HTMLElement, box: Box) => HTMLElement} */
  const runOf = (node, box) => {
    const items = box.members.map(({ item }) => item);
    node.dataset.run = items.map(({ key }) => key).join(" ");
    const names = items.map(({ name }) => name).slice(0, 6).join(", ") + (items.length > 6 ? ", …" : "");
    const face = button("face", `${items.length} more: ${names}`);
    face.title = `${items.length} more: ${names}; show them`;
    const each = Math.ceil(items.length / MOST_TICKS);
    for (let at = 0; at < items.length; at += each) {
      const tick = element("i", "tick");
      face.append(tick);
      painted.push({ node: tick, items: items.slice(at, at + each), kind: "item" });
    }
    node.append(face, element("span", "sizes", `+${items.length}`));
    return node;
  };

  const rest = layout.boxes.filter(({ view }) => view.item.kind === "input").map(({ view }) => view.item);
  return { parts: flow(layout.boxes, layout.lines, 0, 0, rest).filter((part) => part !== null), painted, stations, boxes };
}

/**
 * Return an item in words.
 * @param {Item} item
 */
export function describe({ kind, name, note, number, shape, outputs, raised, count, hooked, children }) {
  const what = kind === "call" ? `${name} (${note})${number > 1 ? `, call ${number}` : ""}` : kind === "repeat" ? `${name} ${note}` : kind === "hook" ? `${name}, a ${note}` : name;
  const inside = kind === "operation" || kind === "input" || kind === "output" ? "" : `, ${count} ${count === 1 ? "operation" : "operations"}`;
  const gave = raised ? "; raised" : shape ? `; ${kind === "output" ? "is" : "gives"} ${shapeText(shape, outputs)}` : "";
  const hooks = children.filter((child) => child.kind === "hook").length;
  const ran = hooks ? `, ${hooks} ${hooks === 1 ? "hook" : "hooks"}` : "";
  return what + inside + ran + (hooked && kind === "operation" ? ", in a hook" : "") + gave;
}

/**
 * Return the class whose score is the highest, as it is written; "" where there is none.
 * @param {Item} item
 */
function answerOf({ classes, shape, tensor }) {
  const isRow = shape?.slice(0, -1).every((size) => size === 1) && (shape.at(-1) ?? 0) <= MOST_CLASSES;
  const highest = classes && isRow && tensor?.picture ? highestOf(tensor.picture) : null;
  return highest === null ? "" : `: ${highest}`;
}

/**
 * Return what a tensor holds, in words.
 * @param {Item} item
 */
function contentOf(item) {
  const dropped = droppedOf(item).length, drops = dropped ? `; ${dropped} set to zero` : "";
  const { statistics } = item.tensor ?? {}, answer = answerOf(item);
  const range = statistics && statistics.min !== null ? `; from ${statistics.min} to ${statistics.max}` : "";
  return range + drops + (answer ? `; the highest score is that of class ${answer.slice(2)}` : "");
}

/**
 * Return a link as a path, with round corners where it turns.
 * @param {[number, number][]} points
 * @param {number} x  what the coordinates are counted from
 * @param {number} y
 */
function pathOf(points, x, y) {
  const at = points.map(([px, py]) => [px - x, py - y]);
  if (at.length === 2) return `M${at[0].join(" ")}H${at[1][0] - 4}`;
  const [[ax, ay], [, lane], [bx], [, by]] = at;
  const bend = Math.min(5, Math.max(ay - lane, 0), (bx - ax) / 2), drop = Math.min(5, Math.max(by - lane, 0), (bx - ax) / 2);
  const rise = ay > lane ? `M${ax} ${ay}V${lane + bend}Q${ax} ${lane} ${ax + bend} ${lane}` : `M${ax} ${lane}`;
  return `${rise}H${bx - drop}` + (by > lane ? `Q${bx} ${lane} ${bx} ${lane + drop}V${by - 4}` : "");
}

/** @type {(x: number, y: number, isDown: boolean) => string} */
const headOf = (x, y, isDown) => (isDown ? `M${x} ${y}l-4 -6h8z` : `M${x} ${y}l-6 -4v8z`);
