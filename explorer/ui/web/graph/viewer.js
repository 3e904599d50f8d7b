// A graph to zoom and pan. The stage is an ordinary scroll container, and zooming changes the drawing's width.

import { find, markCutEdges } from "../shared/dom.js";
import { oneViewEach } from "../shared/views.js";

/** @import { DrawingPayload } from "./payload.js" */

const PIXELS_PER_POINT = 96 / 72; // 100 % is the size that Graphviz laid the text out for
const READABLE = 0.86; // at this scale the smallest text has 16 px, as the page's own
const AT_A_DESK = 0.65; // and here 12 px, where the page is not projected
const STEP = 1.25;
const SMALLEST = 0.05;
const LARGEST = 4;

export default oneViewEach(".viewer", createView);

/** @param {HTMLElement} root */
function createView(root) {
  const stage = find(root, ".stage"), canvas = find(root, ".canvas"), shownScale = find(root, "output");
  const stop = new AbortController(), { signal } = stop;
  /** @type {DrawingPayload | null} */
  let shown = null;
  /** @type {SVGSVGElement | null} */
  let drawing = null;
  let size = { width: 1, height: 1 }; // in pixels at 100 %
  let scale = 1;
  let enlargedAtStart = 1; // how much the page was enlarged when the view was laid out
  let isTouched = false; // once the reader has zoomed or panned, a resize leaves the view alone

  const room = () => {
    const limit = Number.parseFloat(getComputedStyle(stage).maxHeight);
    return { width: stage.clientWidth - 2, height: Number.isNaN(limit) ? stage.clientHeight : limit - 4 };
  };
  // The page's letters, as many times as large as usual: a projected page has larger ones.
  const enlarged = () => Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
  const fitScale = () => Math.min(room().width / size.width, room().height / size.height);

  /**
   * Zoom, keeping one point of the drawing where it is.
   * @param {number} wanted
   * @param {{ x: number, y: number }} [fixed]  in pixels from the stage's corner; its middle if left out
   */
  function setScale(wanted, fixed = { x: stage.clientWidth / 2, y: stage.clientHeight / 2 }) {
    if (!drawing) return;
    const before = drawing.getBoundingClientRect(), frame = stage.getBoundingClientRect();
    const share = {
      x: (frame.left + fixed.x - before.left) / before.width,
      y: (frame.top + fixed.y - before.top) / before.height,
    };
    scale = Math.min(LARGEST, Math.max(SMALLEST, wanted));
    drawing.style.width = `${size.width * scale}px`;
    drawing.style.height = `${size.height * scale}px`;
    shownScale.textContent = `${Math.round(scale * 100)} %`;
    const after = drawing.getBoundingClientRect();
    stage.scrollLeft += after.left + share.x * after.width - (frame.left + fixed.x);
    stage.scrollTop += after.top + share.y * after.height - (frame.top + fixed.y);
    markCutEdges(stage);
  }

  /** Show all of the drawing where its text can be read then, else its beginning. */
  function start() {
    if (!drawing || stage.clientWidth === 0) return;
    enlargedAtStart = enlarged();
    const legible = enlargedAtStart > 1 ? READABLE * enlargedAtStart : AT_A_DESK;
    setScale(Math.min(Math.max(1, legible), Math.max(legible, fitScale())));
    stage.scrollTop = 0;
    stage.scrollLeft = 0;
    const first = firstNode(drawing), frame = stage.getBoundingClientRect();
    if (first) {
      stage.scrollLeft = first.left + first.width / 2 - frame.left - stage.clientWidth / 2;
      stage.scrollTop = first.top + first.height / 2 - frame.top - room().height / 2;
    }
    isTouched = false;
    markCutEdges(stage);
  }

  /**
   * Return where the node is that the graph begins with: the topmost, or the leftmost where it is laid out to the right.
   * @param {SVGSVGElement} graph
   */
  function firstNode(graph) {
    const boxes = [...graph.querySelectorAll(".node")].map((node) => node.getBoundingClientRect());
    /** @type {(box: DOMRect) => number} */
    const order = size.width > size.height ? (box) => box.left : (box) => box.top + box.left / 1e6;
    return boxes.sort((one, other) => order(one) - order(other))[0];
  }

  /** @type {Record<string, () => unknown>} */
  const actions = {
    in: () => setScale(scale * STEP),
    out: () => setScale(scale / STEP),
    fit: () => setScale(fitScale()),
    natural: () => setScale(1),
    full: () => (document.fullscreenElement ? document.exitFullscreen() : root.requestFullscreen()),
  };
  /** @type {Record<string, string>} */
  const keys = { "+": "in", "=": "in", "-": "out", "−": "out", 0: "fit", 1: "natural" };

  /** @param {string} name */
  function act(name) {
    if (!drawing) return;
    isTouched = name !== "full";
    actions[name]();
  }

  for (const name of Object.keys(actions)) find(root, `[data-do=${name}]`).addEventListener("click", () => act(name), { signal });
  find(root, "[data-do=full]").hidden = !document.fullscreenEnabled;
  root.addEventListener("keydown", (event) => {
    const name = keys[event.key];
    if (!name || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    act(name);
  }, { signal });
  stage.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return; // the plain wheel scrolls, as everywhere
    event.preventDefault();
    isTouched = true;
    const frame = stage.getBoundingClientRect();
    setScale(scale * Math.exp(-event.deltaY / 300), { x: event.clientX - frame.left, y: event.clientY - frame.top });
  }, { signal, passive: false });
  stage.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || event.pointerType !== "mouse" || event.target === stage) return; // the scroll bar
    stage.setPointerCapture(event.pointerId);
    stage.classList.add("dragging");
  }, { signal });
  stage.addEventListener("pointermove", (event) => {
    if (!stage.classList.contains("dragging")) return;
    isTouched = true;
    stage.scrollLeft -= event.movementX;
    stage.scrollTop -= event.movementY;
  }, { signal });
  for (const type of ["pointerup", "pointercancel"]) {
    stage.addEventListener(type, () => stage.classList.remove("dragging"), { signal });
  }
  stage.addEventListener("scroll", () => markCutEdges(stage), { signal, passive: true });
  const resized = new ResizeObserver(() => {
    if (!isTouched || enlarged() !== enlargedAtStart) start();
    markCutEdges(stage);
  });
  resized.observe(root);
  signal.addEventListener("abort", () => resized.disconnect());

  /** @param {DrawingPayload} data */
  function show(data) {
    const isOther = data.view !== shown?.view;
    if (data.svg !== shown?.svg) {
      const parsed = new DOMParser().parseFromString(data.svg, "image/svg+xml").documentElement;
      drawing = /** @type {SVGSVGElement} */ (/** @type {Element} */ (document.adoptNode(parsed))); // it is Graphviz's own
      const { width, height } = drawing.viewBox.baseVal;
      size = { width: width * PIXELS_PER_POINT, height: height * PIXELS_PER_POINT };
      canvas.replaceChildren(drawing);
      stage.setAttribute("aria-label", data.label);
      if (!isOther) setScale(scale);
    }
    shown = data;
    if (isOther) start();
  }

  return { root, stop, show };
}
