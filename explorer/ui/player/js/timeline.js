// The timeline: how deep each step is, the outermost module's calls as chapters, and the place we are at.

import { element, svg } from "./dom.js";

const PAGE = 10;
const HEIGHT = 100;
const CHARACTER = 7; // pixels, about

export function timeline(root, { goTo, move }) {
  const bar = root.querySelector(".timeline");
  let walk = null, cursor = null, position = 0;

  const at = (event) => {
    const { left, width } = bar.getBoundingClientRect();
    return Math.min(Math.max(Math.floor(((event.clientX - left) / width) * walk.total), 0), walk.total - 1);
  };
  bar.addEventListener("pointerdown", (event) => {
    if (!walk || event.button) return;
    bar.setPointerCapture(event.pointerId);
    goTo(at(event));
  });
  bar.addEventListener("pointermove", (event) => {
    if (walk && bar.hasPointerCapture(event.pointerId)) goTo(at(event));
  });
  bar.addEventListener("keydown", (event) => {
    const steps = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: PAGE, PageDown: -PAGE };
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in steps) goTo(Math.min(Math.max(position + steps[event.key], 0), walk.total - 1));
    else if (event.key === "Home") move("first");
    else if (event.key === "End") move("last");
    else if (event.key === " ") move("play");
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  function load(next) {
    walk = next;
    const { total, depth, order, record } = walk;
    const deepest = Math.max(...depth, 0) + 2;
    let path = `M0 ${HEIGHT}`;
    depth.forEach((d, k) => {
      const y = (HEIGHT * (1 - (d + 2) / deepest)).toFixed(1);
      path += `V${y}H${k + 1}`;
    });
    const profile = svg("svg", { viewBox: `0 0 ${total} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" },
      svg("path", { class: "profile", d: `${path}V${HEIGHT}Z` }));
    order.forEach((i, k) => {
      if (record.steps.kind[i] === "exception" && record.steps.level[i] === 1) profile.append(svg("rect", { class: "failure", x: k, y: 0, width: Math.max(1, total / 300), height: HEIGHT }));
    });
    cursor = element("i", "cursor");
    bar.replaceChildren(profile, bands(), cursor);
    bar.setAttribute("aria-valuemax", total);
  }

  function bands() {
    const { total, record, positionOf } = walk;
    const made = (record.payload.bands ?? []).map(([name, , first, last]) => {
      const from = positionOf[first], to = positionOf[last] + 1;
      const room = (bar.clientWidth * (to - from)) / total;
      const band = element("span", "", name.length * CHARACTER < room ? name : "");
      band.title = name;
      band.style.left = `${(100 * from) / total}%`;
      band.style.width = `${(100 * (to - from)) / total}%`;
      return band;
    });
    const strip = element("div", "bands", ...made);
    strip.setAttribute("aria-hidden", "true");
    return strip;
  }

  function show(_walk, k) {
    position = k;
    cursor.style.left = `${(100 * (k + 0.5)) / walk.total}%`;
    bar.setAttribute("aria-valuenow", k + 1);
    const i = walk.order[k], f = walk.record.steps.frame[i];
    const name = f < 0 ? "lookup" : walk.record.frames.function[f];
    bar.setAttribute("aria-valuetext", `step ${k + 1} of ${walk.total}, ${name}`);
  }

  return { load, show };
}
