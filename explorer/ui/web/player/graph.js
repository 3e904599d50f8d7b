// The forward graph, with what is running lit and in view.

import { closest, find, markCutEdges, svg } from "../shared/dom.js";
import { innermostCalls, isWithin, touches } from "./ranges.js";

/** @import { GraphPayload, StepRange } from "../shared/payload.js" */
/** @import { IndexedRecord } from "../shared/record.js" */
/** @import { Walk } from "../shared/walk.js" */

const PIXELS_PER_POINT = 4 / 3;
const AROUND = 8, BORDERS = 2; // pixels of the pane, padding and edges
const LARGEST_SHARE = 0.31; // of the player's height that a drawing of several rows may take

/**
 * An element of the drawing that can be lit.
 * @typedef {object} Entry
 * @property {SVGGraphicsElement} node
 * @property {StepRange[]} ranges  the steps during which it runs
 * @property {SVGElement} [marker]  what points at it, once it was lit
 * @property {{ x: number, y: number }} [middle]  of it in the drawing, in pixels; measured when asked for
 */

/**
 * Make the pane.
 * @param {HTMLElement} root
 * @param {{ jumpTo: (step: number) => void }} leads
 */
export function graphPane(root, { jumpTo }) {
  const pane = find(root, ".graph .drawing"), folded = find(root, ".graph .folded");
  /** @type {(step: number) => StepRange | null} */
  let callAt = () => null;
  /** @type {SVGSVGElement | null} */
  let drawing = null;
  /** @type {Entry[]} */
  let entries = [];
  /** @type {Entry[]} */
  let boxes = []; // those of the entries that are no groups
  /** @type {Set<Entry>} */
  let lit = new Set(); // what runs
  /** @type {Entry[]} */
  let near = []; // while no box runs, those that the module's call will run
  /** @type {Entry | undefined} */
  let target; // to be in view
  let isNewTarget = false;

  pane.addEventListener("click", (event) => {
    const first = closest(event, ".node")?.dataset.first;
    if (first) jumpTo(Number(first));
  });
  pane.addEventListener("keydown", (event) => {
    const first = closest(event, ".node")?.dataset.first;
    if (!first || (event.key !== "Enter" && event.key !== " ")) return;
    event.preventDefault();
    event.stopPropagation();
    jumpTo(Number(first));
  });
  pane.addEventListener("scroll", () => markCutEdges(pane), { passive: true });

  /**
   * Show the graph of a run.
   * @param {IndexedRecord} record
   * @param {boolean} dark
   */
  function load({ payload }, dark) {
    callAt = innermostCalls(payload.module_calls);
    folded.textContent = payload.graph.folded;
    folded.hidden = !payload.graph.folded;
    entries = boxes = near = [];
    lit = new Set();
    target = undefined;
    drawing = parsed(payload.graph, dark);
    pane.replaceChildren(...(drawing ? [drawing] : []));
    root.classList.toggle("without-graph", !payload.graph.svg);
    root.style.removeProperty("--graph-wanted");
    if (!drawing) return;
    for (const [id, ranges] of Object.entries(payload.graph.spans)) {
      const node = drawing.querySelector(`[id="${CSS.escape(id)}"]`);
      if (node instanceof SVGGraphicsElement) entries.push({ node, ranges });
    }
    boxes = entries.filter(({ node, ranges }) => node.classList.contains("node") && ranges.length);
    // A picture has nothing in it to reach; a group has.
    if (boxes.length) drawing.setAttribute("role", "group");
    for (const { node, ranges } of boxes) {
      node.dataset.first = String(ranges[0][0]);
      node.setAttribute("tabindex", "0");
      node.setAttribute("role", "button");
      nameBox(node);
    }
    fitDrawing();
  }

  // All of the drawing where its text can be read then; else as small as that allows. The pane grows for it.
  function fitDrawing() {
    if (!drawing) return;
    const { width, height } = drawing.viewBox.baseVal;
    const sizes = [...drawing.querySelectorAll("text")].map((text) => Number(text.getAttribute("font-size")) || 14);
    const size = Math.min(...sizes, 14);
    const style = getComputedStyle(root);
    const [usual, readable] = ["--small", "--graph-text"].map((name) => (parseFloat(style.getPropertyValue(name)) || 12) / size);
    const wanted = Math.min(height * usual + AROUND + BORDERS + folded.offsetHeight, Math.min(root.clientHeight, innerHeight) * LARGEST_SHARE);
    root.style.setProperty("--graph-wanted", `${Math.ceil(wanted)}px`);
    const room = (pane.clientHeight - AROUND) / height;
    const scale = Math.max(readable, Math.min(room, PIXELS_PER_POINT));
    drawing.style.width = `${width * scale}px`;
    drawing.style.height = `${height * scale}px`;
    for (const entry of entries) delete entry.middle;
    markCutEdges(pane);
  }

  /** @type {(walk: Walk, k: number) => void} */
  function show(walk, k) {
    const from = walk.order[k];
    const now = new Set(entries.filter(({ ranges }) => touches(ranges, from, shownUntil(walk, k))));
    for (const entry of lit) if (!now.has(entry)) switchOff(entry);
    for (const entry of now) if (!lit.has(entry)) switchOn(entry);
    lit = now;
    const running = boxes.filter((entry) => now.has(entry));
    const call = callAt(from);
    const soon = running.length || !call ? [] : boxes.filter(({ ranges }) => isWithin(ranges, call));
    for (const entry of near) if (!soon.includes(entry)) entry.node.removeAttribute("data-near");
    for (const entry of soon) entry.node.setAttribute("data-near", "");
    near = soon;
    /** @param {Entry} entry */
    const isAhead = ({ ranges }) => ranges.length > 0 && ranges[ranges.length - 1][1] >= from;
    const next = running.at(-1) ?? soon.find(isAhead) ?? soon.at(-1) ?? boxes.find(isAhead) ?? boxes.at(-1);
    isNewTarget = next !== target;
    target = next;
  }

  /** @param {Entry} entry */
  function switchOn(entry) {
    entry.node.setAttribute("data-lit", "");
    if (!entry.node.classList.contains("node")) return;
    if (!entry.marker) {
      const { x, y, width } = entry.node.getBBox();
      entry.marker = svg("path", { class: "here", d: `M${x + width / 2 - 9} ${y - 4}h18l-9 11z` });
    }
    entry.node.append(entry.marker);
  }

  /** @param {Entry} entry */
  function switchOff(entry) {
    entry.node.removeAttribute("data-lit");
    entry.marker?.remove();
  }

  function bringIntoView() {
    if (!target || !drawing) return;
    if (!target.middle) {
      const outer = drawing.getBoundingClientRect(), inner = target.node.getBoundingClientRect();
      target.middle = { x: inner.left - outer.left + inner.width / 2, y: inner.top - outer.top + inner.height / 2 };
    }
    pane.scrollTo(target.middle.x - pane.clientWidth / 2, target.middle.y - pane.clientHeight / 2);
  }

  /** Bring what runs into view. It asks for the layout, so call it when all panes have written what they show. */
  function scroll() {
    if (isNewTarget) bringIntoView();
  }

  function fit() {
    fitDrawing();
    bringIntoView();
  }

  return { load, show, scroll, fit };
}

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
 * Name a box by what is seen on it, so that it can be called by voice; its title describes it.
 * @param {SVGGraphicsElement} node
 */
function nameBox(node) {
  const lines = [...node.querySelectorAll("text")];
  for (const line of lines) line.before(" "); // between words, for what reads a drawing as one text
  const title = node.querySelector("title")?.textContent ?? "";
  node.setAttribute("aria-label", lines.map((line) => line.textContent).join(" ") || title || node.id);
  if (title) node.setAttribute("aria-description", title);
}

/**
 * Return the drawing as an element. It is Graphviz's own and its labels are escaped; parsed as XML, it cannot bring a
 * script to run.
 * @param {GraphPayload} graph
 * @param {boolean} dark
 */
function parsed(graph, dark) {
  if (!graph.svg) return null;
  const root = new DOMParser().parseFromString(graph.svg, "image/svg+xml").documentElement;
  if (!(root instanceof SVGSVGElement)) return null;
  for (const script of root.querySelectorAll("script")) script.remove();
  const drawing = document.importNode(root, true);
  if (dark) recolour(drawing, graph.dark_colours);
  return drawing;
}

/**
 * Replace the colours of a drawing.
 * @param {Element} drawing
 * @param {Record<string, string>} colours  a colour in small letters → the one in its place
 */
function recolour(drawing, colours) {
  for (const painted of drawing.querySelectorAll("[fill], [stroke]")) {
    for (const name of ["fill", "stroke"]) {
      const to = colours[painted.getAttribute(name)?.toLowerCase() ?? ""];
      if (to) painted.setAttribute(name, to);
    }
  }
}
