// The timeline of two runs: a lane for each side, filled where it has a step, and a tick between them at each difference.

import { svg } from "../shared/dom.js";
import { scrubber } from "../shared/scrubber.js";

const LANES = { left: [4, 32], right: [68, 96] }; // top and bottom, of a height of 100
const TICKS = [36, 64];
const THINNEST = 1 / 400; // of the width, so that each difference of a long run is seen

export function lanes(root, jumps) {
  const scrub = scrubber(root.querySelector(".timeline"), jumps);

  function load(rows, differences) {
    const { total, here, positionOf } = rows;
    const drawing = svg("svg", { viewBox: `0 0 ${total} 100`, preserveAspectRatio: "none", "aria-hidden": "true" },
      ...["left", "right"].map((name, side) => svg("path", { class: `lane ${name}`, d: filled(here[side], ...LANES[name]) })));
    const width = Math.max(0.6, total * THINNEST);
    for (const position of new Set(differences.map(({ first }) => positionOf[first]))) {
      drawing.append(svg("rect", { class: "tick", x: position + 0.5 - width / 2, y: TICKS[0], width, height: TICKS[1] - TICKS[0] }));
    }
    scrub.load(total, drawing);
  }

  return { load, show: scrub.show };
}

// One rectangle for each stretch of rows that are there.
function filled(present, top, bottom) {
  let path = "";
  present.forEach((is, k) => {
    if (is && !present[k - 1]) path += `M${k} ${top}V${bottom}`;
    if (is && !present[k + 1]) path += `H${k + 1}V${top}Z`;
  });
  return path;
}
