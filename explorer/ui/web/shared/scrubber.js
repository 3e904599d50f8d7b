// A bar to drag along: positions from 0, a cursor, and the keys of a slider.

import { element } from "./dom.js";

const PAGE = 10; // positions that Page Up and Page Down move by

/**
 * Where a bar leads.
 * @typedef {object} Leads
 * @property {(position: number) => void} goTo
 * @property {(name: string) => void} move  "first", "last" or "play"
 */

/**
 * Turn an element into a bar to drag along.
 * @param {HTMLElement} bar
 * @param {Leads} leads
 */
export function scrubber(bar, { goTo, move }) {
  const cursor = element("i", "cursor");
  let total = 0, position = 0;

  /** @param {PointerEvent} event */
  const positionAt = (event) => {
    const { left, width } = bar.getBoundingClientRect();
    return within(Math.floor(((event.clientX - left) / width) * total));
  };
  /** @param {number} wanted */
  const within = (wanted) => Math.min(Math.max(wanted, 0), total - 1);

  bar.addEventListener("pointerdown", (event) => {
    if (!total || event.button) return;
    bar.setPointerCapture(event.pointerId);
    goTo(positionAt(event));
  });
  bar.addEventListener("pointermove", (event) => {
    if (total && bar.hasPointerCapture(event.pointerId)) goTo(positionAt(event));
  });
  bar.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in STEPS) goTo(within(position + STEPS[event.key]));
    else if (event.key in MOVES) move(MOVES[event.key]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  /**
   * Show another run.
   * @param {number} count  of positions
   * @param {...Node} content  what is drawn behind the cursor
   */
  function load(count, ...content) {
    total = count;
    bar.replaceChildren(...content, cursor);
    bar.setAttribute("aria-valuemax", String(total));
  }

  /**
   * Put the cursor somewhere.
   * @param {number} next
   * @param {string} text  what a screen reader says of it
   */
  function show(next, text) {
    position = next;
    cursor.style.left = `${(100 * (next + 0.5)) / total}%`;
    bar.setAttribute("aria-valuenow", String(next + 1));
    bar.setAttribute("aria-valuetext", text);
  }

  return { load, show };
}

/** @type {Record<string, number>} */
const STEPS = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: PAGE, PageDown: -PAGE };
/** @type {Record<string, string>} */
const MOVES = { Home: "first", End: "last", " ": "play" };
