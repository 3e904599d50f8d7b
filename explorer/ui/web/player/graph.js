// The forward graph, with what is running lit and in view.

import { svg } from "../shared/dom.js";

const PIXELS_PER_POINT = 4 / 3;
const AROUND = 8, BORDERS = 2; // pixels of the pane, padding and edges
const LARGEST_SHARE = 0.31; // of the player's height that a drawing of several rows may take

export function graphPane(root, { jumpTo }) {
  const pane = root.querySelector(".graph .drawing");
  let record = null, drawing = null, target = null, moved = false;
  let entries = [], boxes = []; // all that can be lit, and of these the boxes
  let lit = new Set(), near = []; // what runs, and, while nothing does, what the module's call will run

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

  pane.addEventListener("scroll", () => tellWhatIsCut(), { passive: true });

  function load(next, dark) {
    record = next;
    entries = [];
    lit = new Set();
    near = [];
    drawing = target = null;
    pane.replaceChildren();
    const { svg: text, spans, dark_colours: colours } = record.payload.graph;
    root.classList.toggle("without-graph", !text);
    root.style.removeProperty("--graph-wanted");
    boxes = [];
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
      entries.push({ node, ranges });
      if (!node.classList.contains("node") || !ranges.length) continue;
      node.dataset.first = ranges[0][0];
      node.setAttribute("tabindex", "0");
      node.setAttribute("role", "button");
      node.setAttribute("aria-label", node.querySelector("title")?.textContent ?? id);
    }
    boxes = entries.filter(({ node }) => node.dataset.first !== undefined);
    fit();
  }

  // All of the drawing where its text can be read then; else as small as that allows. The pane grows for it.
  function fit() {
    if (!drawing) return;
    const { width, height } = drawing.viewBox.baseVal;
    const sizes = [...drawing.querySelectorAll("text")].map((text) => Number(text.getAttribute("font-size")) || 14);
    const size = Math.min(...sizes, 14);
    const style = getComputedStyle(root);
    const [usual, readable] = ["--small", "--graph-text"].map((name) => (parseFloat(style.getPropertyValue(name)) || 12) / size);
    const wanted = Math.min(height * usual + AROUND + BORDERS, Math.min(root.clientHeight, innerHeight) * LARGEST_SHARE);
    root.style.setProperty("--graph-wanted", `${Math.ceil(wanted)}px`);
    const room = (pane.clientHeight - AROUND) / height;
    const scale = Math.max(readable, Math.min(room, PIXELS_PER_POINT));
    drawing.style.width = `${width * scale}px`;
    drawing.style.height = `${height * scale}px`;
    for (const entry of entries) entry.place = null;
    tellWhatIsCut();
  }

  // An edge that something goes on behind has a shadow.
  function tellWhatIsCut() {
    const { scrollTop, scrollLeft, scrollHeight, scrollWidth, clientHeight, clientWidth } = pane;
    const cut = [
      scrollTop > 1 && "top", scrollTop + clientHeight < scrollHeight - 1 && "bottom",
      scrollLeft > 1 && "left", scrollLeft + clientWidth < scrollWidth - 1 && "right",
    ].filter(Boolean).join(" ");
    if (cut !== pane.parentElement.dataset.cut) pane.parentElement.dataset.cut = cut;
  }

  function show(walk, k) {
    const from = walk.order[k], to = walk.covers[k];
    const now = new Set(entries.filter(({ ranges }) => ranges.some(([first, last]) => first <= to && last >= from)));
    for (const entry of lit) if (!now.has(entry)) switchOff(entry);
    for (const entry of now) if (!lit.has(entry)) switchOn(entry);
    lit = now;
    const running = boxes.filter((entry) => now.has(entry));
    const call = innermost(from);
    const soon = running.length || !call ? [] : boxes.filter(({ ranges }) => ranges.some(([first, last]) => first >= call[0] && last <= call[1]));
    for (const entry of near) if (!soon.includes(entry)) entry.node.removeAttribute("data-near");
    for (const entry of soon) entry.node.setAttribute("data-near", "");
    near = soon;
    const waiting = (entry) => entry.ranges.some(([, last]) => last >= from);
    const next = running[running.length - 1] ?? soon.find(waiting) ?? soon[soon.length - 1] ?? boxes.find(waiting) ?? boxes[boxes.length - 1];
    moved = next !== target;
    target = next;
  }

  // The module call a step is in, as its first and last step; none for the outermost, which is the whole drawing.
  function innermost(step) {
    let found = null;
    for (const call of record.payload.module_calls) if (call[0] <= step && step <= call[1] && (!found || call[0] >= found[0])) found = call;
    return found;
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

  function bringIntoView() {
    if (!target || !drawing) return;
    if (!target.place) {
      const outer = drawing.getBoundingClientRect(), inner = target.node.getBoundingClientRect();
      target.place = { x: inner.left - outer.left + inner.width / 2, y: inner.top - outer.top + inner.height / 2 };
    }
    pane.scrollTo(target.place.x - pane.clientWidth / 2, target.place.y - pane.clientHeight / 2);
  }

  const settle = () => moved && bringIntoView();

  return { load, show, settle, fit: () => { fit(); bringIntoView(); } };
}

function recolour(drawing, colours) {
  for (const painted of drawing.querySelectorAll("[fill], [stroke]")) {
    for (const name of ["fill", "stroke"]) {
      const to = colours[painted.getAttribute(name)?.toLowerCase()];
      if (to) painted.setAttribute(name, to);
    }
  }
}
