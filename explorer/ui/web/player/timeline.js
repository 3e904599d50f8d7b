// The timeline: how deep each step is, the outermost module's calls as chapters, and the position that is shown.

import { element, find, svg } from "../shared/dom.js";
import { scrubber } from "../shared/scrubber.js";

/** @import { Leads } from "../shared/scrubber.js" */
/** @import { Walk } from "../shared/walk.js" */

const HEIGHT = 100; // of the drawing, in its own units; it is as wide as there are positions
const MOST_COLUMNS = 4000; // more than a screen has pixels
const NARROWEST = 2; // pixels of a chapter that is drawn, where there are many
const MANY_CHAPTERS = 400;
const CHARACTER = 7; // pixels, about
const THINNEST = 1 / 300; // of the width, so that a failure in a long run is seen

/**
 * Make the timeline.
 * @param {HTMLElement} root
 * @param {Leads} leads
 */
export function timeline(root, leads) {
  const bar = find(root, ".timeline");
  const scrub = scrubber(bar, leads);

  /** @param {Walk} walk */
  function load(walk) {
    const { total } = walk;
    const drawing = svg("svg", { viewBox: `0 0 ${total} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" },
      svg("path", { class: "profile", d: profile(walk.depth) }),
      ...failures(walk).map((k) => svg("rect", { class: "failure", x: k, y: 0, width: Math.max(1, total * THINNEST), height: HEIGHT })));
    scrub.load(total, drawing, chapterStrip(walk));
  }

  /** @param {Walk} walk */
  function chapterStrip(walk) {
    const every = chapters(walk), pixels = bar.clientWidth / walk.total;
    const drawn = every.length > MANY_CHAPTERS ? every.filter(({ from, to }) => (to - from) * pixels >= NARROWEST) : every;
    const strip = element("div", "bands", ...drawn.map(({ name, from, to }) => {
      const room = (bar.clientWidth * (to - from)) / walk.total;
      const chapter = element("span", "", name.length * CHARACTER < room ? name : "");
      chapter.title = name;
      chapter.style.left = `${(100 * from) / walk.total}%`;
      chapter.style.width = `${(100 * (to - from)) / walk.total}%`;
      return chapter;
    }));
    strip.setAttribute("aria-hidden", "true");
    return strip;
  }

  /** @type {(walk: Walk, k: number) => void} */
  function show({ record, order, total }, k) {
    const frame = record.steps.frame[order[k]];
    scrub.show(k, `step ${k + 1} of ${total}, ${frame < 0 ? "lookup" : record.frames.function[frame]}`);
  }

  return { load, show };
}

/**
 * Return the outline of the depths as an SVG path: a column for each position, higher where it is deeper. Of a
 * long run several positions share a column.
 * @param {number[]} depth  -1 for the look-up
 */
export function profile(depth) {
  const highest = depth.reduce((most, d) => Math.max(most, d), 0) + 2;
  const width = Math.ceil(depth.length / MOST_COLUMNS);
  const columns = [];
  for (let k = 0; k < depth.length; k += width) {
    const deepest = depth.slice(k, k + width).reduce((most, d) => Math.max(most, d), -1);
    columns.push(`V${(HEIGHT * (1 - (deepest + 2) / highest)).toFixed(1)}H${Math.min(k + width, depth.length)}`);
  }
  return `M0 ${HEIGHT}${columns.join("")}V${HEIGHT}Z`;
}

/**
 * Return the positions at which an exception was raised. At the last step it has only come through, unless it was
 * raised there.
 * @param {Walk} walk
 */
export function failures({ record: { steps, count, payload }, order }) {
  return order.flatMap((step, k) => {
    const isRaised = steps.kind[step] === "exception" && steps.level[step] === 1;
    return isRaised && (step < count - 1 || step === payload.error?.step) ? [k] : [];
  });
}

/**
 * Return the name of each chapter, and its positions: from the first to behind the last.
 * @param {Walk} walk
 */
export function chapters({ record, positionOf }) {
  return record.payload.chapters.map(([name, , first, last]) => ({ name, from: positionOf[first], to: positionOf[last] + 1 }));
}
