// The timeline of two runs: a lane for each side, filled where it has a step, and a tick between them at each difference.

import { find, svg } from "../shared/dom.js";
import { scrubber } from "../shared/scrubber.js";

/** @import { Leads } from "../shared/scrubber.js" */
/** @import { DifferencePayload } from "./payload.js" */
/** @import { Rows } from "./rows.js" */

const HEIGHT = 100; // of the drawing, in its own units; it is as wide as there are positions
const LANES = [{ name: "left", top: 4, bottom: 32 }, { name: "right", top: 68, bottom: 96 }];
const TICK = { top: 36, bottom: 64 };
const THINNEST = 1 / 400; // of the width, so that each difference of a long run is seen

/**
 * Make the timeline.
 * @param {HTMLElement} root
 * @param {Leads} leads
 */
export function lanes(root, leads) {
  const scrub = scrubber(find(root, ".timeline"), leads);

  /**
   * Show the rows of a detail level.
   * @param {Rows} rows
   * @param {DifferencePayload[]} differences
   */
  function load({ total, here, positionOf }, differences) {
    const width = Math.max(0.6, total * THINNEST);
    const ticked = new Set(differences.map(({ first }) => positionOf[first]));
    scrub.load(total, svg("svg", { viewBox: `0 0 ${total} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" },
      ...LANES.map(({ name, top, bottom }, side) => svg("path", { class: `lane ${name}`, d: stretches(here[side], top, bottom) })),
      ...[...ticked].map((k) => svg("rect", { class: "tick", x: k + 0.5 - width / 2, y: TICK.top, width, height: TICK.bottom - TICK.top }))));
  }

  return { load, show: scrub.show };
}

/**
 * Return an SVG path with a rectangle for each stretch of positions that are there.
 * @param {boolean[]} here
 * @param {number} top
 * @param {number} bottom
 */
export function stretches(here, top, bottom) {
  let path = "";
  here.forEach((is, k) => {
    if (is && !here[k - 1]) path += `M${k} ${top}V${bottom}`;
    if (is && !here[k + 1]) path += `H${k + 1}V${top}Z`;
  });
  return path;
}
