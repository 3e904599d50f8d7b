// How far the walk is: what is ahead is an outline, what is over is filled, what runs is lit.

/** @import { Item } from "./item.js" */

/**
 * An element that shows how far the walk is.
 * @typedef {object} Painted
 * @property {Element} node
 * @property {Item[]} items  what it stands for
 * @property {"item" | "tensor" | "entry"} kind  of an item: lit while one runs; of what leads on from items: reached when
 *   one is over; of what leads into a box: reached when it begins
 * @property {() => void} [fill]  draws what is in it, once, when it is reached
 */

/**
 * Return whether an item runs between two steps, both included.
 * @param {Item} item
 * @param {number} from
 * @param {number} until
 */
export const runs = ({ first, last }, from, until) => first <= until && last >= from;

/**
 * Show how far the walk is.
 * @param {Painted[]} painted
 * @param {number} from  the first step of what the code shows
 * @param {number} until  the last
 */
export function paint(painted, from, until) {
  for (const each of painted) {
    const { node, items, kind } = each;
    const isAhead = kind === "tensor" ? items.every(({ last }) => last > until) : items.every(({ first }) => first > until);
    if (node.hasAttribute("data-ahead") !== isAhead) node.toggleAttribute("data-ahead", isAhead);
    if (!isAhead && each.fill) {
      each.fill();
      each.fill = undefined;
    }
    if (kind !== "item") continue;
    const isLit = items.some((item) => runs(item, from, until));
    if (node.hasAttribute("data-lit") !== isLit) node.toggleAttribute("data-lit", isLit);
  }
}
