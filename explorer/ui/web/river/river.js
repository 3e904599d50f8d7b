// The river: the whole model in order of execution, with what runs lit, opened where the walk is.

import { closest, element, find, markCutEdges, treeOf } from "../shared/dom.js";
import { shownUntil } from "../shared/walk.js";
import { drawn } from "./draw.js";
import { deepest, isBox, pathAt, viewOf } from "./fold.js";
import { layoutOf } from "./layout.js";
import { AROUND, BORDERS, measurer } from "./measure.js";
import { glide, shiftsOf } from "./motion.js";
import { paint, runs } from "./paint.js";
import { makeStop, nameOf, neighbour } from "./roving.js";
import { stationsAt } from "./stations.js";
import { riverOf } from "./tree.js";

/** @import { IndexedRecord } from "../shared/record.js" */
/** @import { Walk } from "../shared/walk.js" */
/** @import { View } from "./fold.js" */
/** @import { Item } from "./item.js" */
/** @import { Layout, Running } from "./layout.js" */
/** @import { Station } from "./stations.js" */
/** @import { River } from "./tree.js" */

/**
 * Make the pane.
 * @param {HTMLElement} root
 * @param {{ jumpTo: (step: number) => void }} leads
 */
export function riverPane(root, { jumpTo }) {
  const pane = find(root, ".river .drawing"), stage = element("div", "stage");
  const { refresh, width, sizes } = measurer(root, pane);
  const wishes = { opened: /** @type {Set<Item>} */ (new Set()), closed: /** @type {Set<Item>} */ (new Set()) };
  /** @type {IndexedRecord} */
  let record;
  /** @type {River | null} */
  let river = null;
  /** @type {Map<Item, number>} */
  let path = new Map();
  let looked = ""; // the key of what the reader wants to see, though it does not run
  /** @type {View | undefined} */
  let view;
  /** @type {ReturnType<typeof drawn>} */
  let shown = { parts: [], painted: [], stations: new Map(), boxes: new Map() };
  /** @type {Layout | null} */
  let laidOut = null;
  /** @type {HTMLElement | undefined} */
  let station;
  let drawnFor = "", highest = 0, from = 0, until = 0;
  let target = ""; // the key of what is to be in view
  let isNewTarget = false;
  pane.replaceChildren(stage);

  pane.addEventListener("click", (event) => {
    const pressed = closest(event, "button"), place = closest(event, "li[data-key], li[data-run]");
    if (!pressed || !place) return;
    const { key, run } = place.dataset, box = shown.boxes.get(key ?? "");
    if (pressed.dataset.first) jumpTo(Number(pressed.dataset.first));
    else if (run) look(run.split(" "));
    else if (box && isBox(box.view.item)) toggle(box.view);
    else if (box) jumpTo(box.view.item.first);
  });
  pane.addEventListener("keydown", (event) => {
    const control = closest(event, "button");
    const next = control && !event.ctrlKey && !event.metaKey && !event.altKey ? neighbour(stage, control, event.key) : undefined;
    if (!next) return;
    event.preventDefault();
    makeStop(stage, next);
    next.focus();
  });
  pane.addEventListener("scroll", () => markCutEdges(pane), { passive: true });

  /**
   * Show the river of a run.
   * @param {IndexedRecord} next
   */
  function load(next) {
    record = next;
    const payload = record.payload.river;
    river = payload && (payload.operations.name.length || payload.calls.module.length) ? riverOf(record, payload) : null;
    wishes.opened.clear();
    wishes.closed.clear();
    path = new Map();
    looked = drawnFor = target = "";
    view = undefined;
    laidOut = null;
    highest = 0;
    root.classList.toggle("without-river", !river);
    root.style.removeProperty("--river-wanted");
    stage.replaceChildren();
    refresh();
    makeRoom();
  }

  /** @type {(walk: Walk, k: number) => void} */
  function show(walk, k) {
    if (!river) return;
    from = walk.order[k];
    until = shownUntil(walk, k);
    const next = pathAt(river.root, from);
    for (const item of new Set([...path.keys(), ...next.keys()])) {
      if (path.has(item) === next.has(item)) continue; // what the walk enters opens, what it leaves closes
      wishes.opened.delete(item);
      wishes.closed.delete(item);
    }
    path = next;
    looked = "";
    draw();
  }

  /** Draw what is in view, anew where something opened or closed; and show how far the walk is. */
  function draw() {
    const stations = stationsAt(record, from), item = [...path.keys()].find(({ call }) => call && call === record.call[from]);
    const open = [...path].map(([each, round]) => `${each.key}@${round}`);
    const byHand = [wishes.opened, wishes.closed].map((each) => [...each].map(({ key }) => key));
    const key = [open, ...byHand, looked, item?.key, sizes.room, sizes.most, sizes.text].join("|");
    if (key !== drawnFor || !shown.boxes.has(inFocus().item?.key ?? "")) layOut(item ? { item, stations } : null);
    drawnFor = key;
    paint(shown.painted, from, until);
    paintStations(stations);
    const focus = inFocus(), next = focus.item && runs(focus.item, from, until) ? focus.item : focus.box;
    isNewTarget ||= next?.key !== target;
    target = next?.key ?? "";
  }

  /** @param {Running | null} running */
  function layOut(running) {
    if (!river) return;
    const active = treeOf(root).activeElement, focused = active && stage.contains(active) ? nameOf(active) : "";
    view = viewOf(river.root, path, wishes);
    const layout = layoutOf(river, view, { ...sizes, width, running, focusOf });
    shown = drawn(layout, running, sizes.text / 13);
    station = undefined;
    keepHeight(layout);
    stage.style.cssText = `width:${layout.width}px;height:${layout.height}px;--row:${layout.row}px`;
    stage.replaceChildren(...shown.parts);
    pane.classList.toggle("whole", layout.width <= sizes.room && layout.height <= sizes.most);
    glide(stage, shiftsOf(laidOut, layout));
    laidOut = layout;
    const controls = [...stage.querySelectorAll("button")];
    const again = controls.find((each) => focused && nameOf(each) === focused) ?? controls[0];
    makeStop(stage, again);
    if (focused) again?.focus({ preventScroll: true });
    isNewTarget = true;
  }

  /**
   * Let the pane be as high as its highest layout.
   * @param {Layout} layout
   */
  function keepHeight({ height }) {
    if (height <= highest) return;
    highest = height;
    root.style.setProperty("--river-wanted", `${Math.ceil(height) + 2 * AROUND + BORDERS}px`);
  }

  /** Make room for the deepest module call, so that the pane keeps its height when the walk comes there. */
  function makeRoom() {
    if (!river || !pane.clientWidth) return;
    const around = pathAt(river.root, deepest(river.root).first), item = [...around.keys()].at(-1);
    const stations = item ? stationsAt(record, item.first) : [];
    const deep = viewOf(river.root, around, { opened: new Set(), closed: new Set() });
    keepHeight(layoutOf(river, deep, { ...sizes, width, running: item ? { item, stations } : null, focusOf: () => 0 }));
  }

  /** @param {Station[]} stations */
  function paintStations(stations) {
    for (const { phase, first } of stations) shown.stations.get(phase)?.toggleAttribute("data-ahead", first > from);
    const next = shown.stations.get(record.phase[from] ?? "");
    if (next === station) return;
    station?.removeAttribute("aria-current");
    next?.setAttribute("aria-current", "step");
    station = next;
  }

  /** Return the number of the child that runs or is next, or that the reader wants to see.
   * @param {View} open */
  function focusOf({ children }) {
    const wished = children.findIndex(({ item }) => item.key === looked);
    if (wished >= 0) return wished;
    const next = children.findIndex(({ item }) => item.last >= from);
    return next < 0 ? children.length - 1 : next;
  }

  /** Return the innermost item that runs or is next, and the open box that it is in. */
  function inFocus() {
    let item = view, box = view;
    while (item?.open) {
      const next = /** @type {View | undefined} */ (item.children[focusOf(item)]);
      if (!next) break;
      box = item;
      item = next;
    }
    return { item: item?.item, box: box?.item };
  }

  /** @param {View} box */
  function toggle({ item, open }) {
    wishes[open ? "opened" : "closed"].delete(item);
    wishes[open ? "closed" : "opened"].add(item);
    draw();
    bringIntoView(item.key);
  }

  /** @param {string[]} keys  of items that share a narrow box */
  function look(keys) {
    looked = keys[keys.length >> 1];
    draw();
    bringIntoView(looked);
  }

  /** @param {string} key */
  function bringIntoView(key) {
    const box = shown.boxes.get(key);
    if (!box) return;
    const margin = pane.clientWidth / 4, left = box.x - margin, right = box.x + box.width + margin - pane.clientWidth;
    if (pane.scrollLeft > left) pane.scrollLeft = left;
    else if (pane.scrollLeft < right) pane.scrollLeft = Math.min(right, left);
    pane.scrollTop = pane.scrollHeight; // the innermost box stands at the bottom
    markCutEdges(pane);
  }

  /** Bring what runs into view. It asks for the layout, so call it when all panes have written what they show. */
  function scroll() {
    if (river && isNewTarget) bringIntoView(target);
    isNewTarget = false;
  }

  function fit() {
    refresh();
    if (!river || !view) return;
    highest = 0;
    makeRoom();
    draw();
    bringIntoView(target);
  }

  return { load, show, scroll, fit };
}
