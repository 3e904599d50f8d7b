// A bar to drag along: positions from 0, a cursor, and the keys of a slider.

import { element } from "./dom.js";

const PAGE = 10;

export function scrubber(bar, { goTo, move }) {
  let total = 0, position = 0, cursor = null;

  const at = (event) => {
    const { left, width } = bar.getBoundingClientRect();
    return Math.min(Math.max(Math.floor(((event.clientX - left) / width) * total), 0), total - 1);
  };
  bar.addEventListener("pointerdown", (event) => {
    if (!total || event.button) return;
    bar.setPointerCapture(event.pointerId);
    goTo(at(event));
  });
  bar.addEventListener("pointermove", (event) => {
    if (total && bar.hasPointerCapture(event.pointerId)) goTo(at(event));
  });
  bar.addEventListener("keydown", (event) => {
    const steps = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: PAGE, PageDown: -PAGE };
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in steps) goTo(Math.min(Math.max(position + steps[event.key], 0), total - 1));
    else if (event.key === "Home") move("first");
    else if (event.key === "End") move("last");
    else if (event.key === " ") move("play");
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  function load(count, ...content) {
    total = count;
    cursor = element("i", "cursor");
    bar.replaceChildren(...content, cursor);
    bar.setAttribute("aria-valuemax", total);
  }

  function show(next, text) {
    position = next;
    cursor.style.left = `${(100 * (next + 0.5)) / total}%`;
    bar.setAttribute("aria-valuenow", next + 1);
    bar.setAttribute("aria-valuetext", text);
  }

  return { load, show };
}
