// The forward graph, with what is running lit and in view.

import { svg } from "./dom.js";

const PIXELS_PER_POINT = 4 / 3;

export function graphPane(root, { jumpTo }) {
  const pane = root.querySelector(".graph .drawing");
  let record = null, nodes = [], lit = new Set(), scale = 1, drawing = null;

  pane.addEventListener("click", (event) => {
    const node = event.target.closest(".node");
    if (node?.dataset.first) jumpTo(Number(node.dataset.first));
  });
  pane.addEventListener("keydown", (event) => {
    const node = event.target.closest(".node");
    if (node && (event.key === "Enter" || event.key === " ")) {
      event.preventDefault();
      event.stopPropagation();
      jumpTo(Number(node.dataset.first));
    }
  });

  function load(next, dark) {
    record = next;
    nodes = [];
    lit = new Set();
    drawing = null;
    pane.replaceChildren();
    const { svg: text, spans, dark: colours } = record.payload.graph;
    root.classList.toggle("without-graph", !text);
    if (!text) return;
    // The drawing is Graphviz's own and its labels are escaped; parsed as XML, it cannot bring a script to run.
    const parsed = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
    if (parsed.nodeName !== "svg") return;
    for (const script of parsed.querySelectorAll("script")) script.remove();
    drawing = document.importNode(parsed, true);
    if (dark) recolour(drawing, colours ?? {});
    pane.append(drawing);
    for (const [id, ranges] of Object.entries(spans)) {
      const node = drawing.querySelector(`[id="${CSS.escape(id)}"]`);
      if (!node) continue;
      nodes.push({ node, ranges, box: null });
      if (!node.classList.contains("node") || !ranges.length) continue;
      node.dataset.first = ranges[0][0];
      node.setAttribute("tabindex", "0");
      node.setAttribute("role", "button");
      node.setAttribute("aria-label", node.querySelector("title")?.textContent ?? id);
    }
    fit();
  }

  // One point of the drawing becomes as many pixels as make its smallest text readable.
  function fit() {
    if (!drawing) return;
    const { width, height } = drawing.viewBox.baseVal;
    const sizes = [...drawing.querySelectorAll("text")].map((text) => Number(text.getAttribute("font-size")) || 14);
    const size = Math.min(...sizes, 14);
    const wanted = parseFloat(getComputedStyle(root).getPropertyValue("--small")) || 12;
    const room = (pane.clientHeight - 8) / height;
    scale = Math.max(wanted / size, Math.min(room, PIXELS_PER_POINT));
    drawing.style.width = `${width * scale}px`;
    drawing.style.height = `${height * scale}px`;
    for (const entry of nodes) entry.box = null;
  }

  function show(walk, k) {
    const from = walk.order[k], to = walk.covers[k];
    const now = new Set();
    for (const entry of nodes) {
      if (entry.ranges.some(([first, last]) => first <= to && last >= from)) now.add(entry);
    }
    for (const entry of lit) if (!now.has(entry)) switchOff(entry);
    for (const entry of now) if (!lit.has(entry)) switchOn(entry);
    const fresh = [...now].some((entry) => !lit.has(entry)) || now.size !== lit.size;
    lit = now;
    if (fresh) bringIntoView();
  }

  function switchOn(entry) {
    entry.node.setAttribute("data-lit", "");
    if (!entry.node.classList.contains("node")) return;
    if (!entry.marker) {
      const { x, y, width } = entry.node.getBBox();
      const middle = x + width / 2;
      entry.marker = svg("path", { class: "here", d: `M${middle - 9} ${y - 4}h18l-9 11z` });
    }
    entry.node.append(entry.marker);
  }

  function switchOff(entry) {
    entry.node.removeAttribute("data-lit");
    entry.marker?.remove();
  }

  // The innermost thing that runs: the box itself, or else the smallest group around what runs.
  function bringIntoView() {
    if (!drawing || !lit.size) return;
    const boxes = [...lit].map(place);
    const box = boxes.find((entry) => entry.node) ?? boxes.reduce((a, b) => (a.width <= b.width ? a : b));
    const left = box.width > pane.clientWidth ? box.left - 12 : box.left + box.width / 2 - pane.clientWidth / 2;
    pane.scrollTo(left, box.top + box.height / 2 - pane.clientHeight / 2);
  }

  function place(entry) {
    if (!entry.box) {
      const outer = drawing.getBoundingClientRect(), inner = entry.node.getBoundingClientRect();
      entry.box = { left: inner.left - outer.left, top: inner.top - outer.top, width: inner.width, height: inner.height,
        node: entry.node.classList.contains("node") };
    }
    return entry.box;
  }

  return { load, show, fit: () => { fit(); bringIntoView(); } };
}

function recolour(drawing, colours) {
  for (const painted of drawing.querySelectorAll("[fill], [stroke]")) {
    for (const name of ["fill", "stroke"]) {
      const to = colours[painted.getAttribute(name)?.toLowerCase()];
      if (to) painted.setAttribute(name, to);
    }
  }
}
