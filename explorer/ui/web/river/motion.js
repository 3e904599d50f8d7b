// What moves when something opens: each box glides from where it was, and the links appear.

/** @import { Box, Layout } from "./layout.js" */

const DURATION = 150; // milliseconds

/**
 * Return how far each box is from where it was, beside what the box around it moves; those alone that move.
 * @param {Layout | null} before
 * @param {Layout} after
 * @returns {Map<string, [number, number]>}
 */
export function shiftsOf(before, after) {
  /** @type {Map<string, [number, number]>} */
  const were = new Map(), shifts = new Map();
  if (!before) return shifts;
  /** @type {(boxes: Box[], visit: (box: Box) => void) => void} */
  const each = (boxes, visit) => boxes.forEach((box) => { visit(box); each(box.children, visit); });
  each(before.boxes, ({ view, x, y }) => were.set(view.item.key, [x, y]));
  // Both stand in the middle of the pane.
  const right = (after.width - before.width) / 2, down = (after.height - before.height) / 2;
  /** @type {(boxes: Box[], around: [number, number]) => void} */
  const compare = (boxes, around) => {
    for (const { view, x, y, children } of boxes) {
      const was = were.get(view.item.key);
      const shift = /** @type {[number, number]} */ (was ? [was[0] + right - x, was[1] + down - y] : around);
      const own = /** @type {[number, number]} */ ([shift[0] - around[0], shift[1] - around[1]]);
      if (Math.abs(own[0]) > 0.5 || Math.abs(own[1]) > 0.5) shifts.set(view.item.key, own);
      compare(children, shift);
    }
  };
  compare(after.boxes, [0, 0]);
  return shifts;
}

/**
 * Let the boxes of a stage glide to where they are, unless the reader wants no motion.
 * @param {HTMLElement} stage
 * @param {Map<string, [number, number]>} shifts
 */
export function glide(stage, shifts) {
  if (!shifts.size || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  for (const item of stage.querySelectorAll("li")) {
    const shift = shifts.get(item.dataset.key ?? "");
    if (shift) item.animate([{ translate: `${shift[0]}px ${shift[1]}px` }, { translate: "0 0" }], { duration: DURATION, easing: "ease-out" });
  }
  for (const links of stage.querySelectorAll("svg.links")) links.animate([{ opacity: 0 }, { opacity: 1 }], DURATION);
}
