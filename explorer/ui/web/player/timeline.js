// The timeline: how deep each step is, the outermost module's calls as chapters, and the place we are at.

import { element, svg } from "../shared/dom.js";
import { scrubber } from "../shared/scrubber.js";

const HEIGHT = 100;
const CHARACTER = 7; // pixels, about

export function timeline(root, { goTo, move }) {
  const bar = root.querySelector(".timeline");
  const scrub = scrubber(bar, { goTo, move });
  let walk = null;

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
    const end = record.count - 1; // an exception there has only come through, unless it was raised there
    order.forEach((i, k) => {
      const raised = record.steps.kind[i] === "exception" && record.steps.level[i] === 1;
      if (raised && (i < end || i === record.payload.error?.step)) profile.append(svg("rect", { class: "failure", x: k, y: 0, width: Math.max(1, total / 300), height: HEIGHT }));
    });
    scrub.load(total, profile, bands());
  }

  function bands() {
    const { total, record, positionOf } = walk;
    const made = (record.payload.chapters ?? []).map(([name, , first, last]) => {
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
    const i = walk.order[k], f = walk.record.steps.frame[i];
    const name = f < 0 ? "lookup" : walk.record.frames.function[f];
    scrub.show(k, `step ${k + 1} of ${walk.total}, ${name}`);
  }

  return { load, show };
}
