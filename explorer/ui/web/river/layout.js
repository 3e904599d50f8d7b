// Where each box and link of the river is, in pixels: all on one axis from left to right, the boxes around them open.

import { contentWidth, fit, leafOf, PADDING, segmentsOf, widthOf } from "./fit.js";
import { openNote } from "./fold.js";
import { IN, linksOf } from "./links.js";

/** @import { View } from "./fold.js" */
/** @import { Measures, Segment } from "./fit.js" */
/** @import { Item } from "./item.js" */
/** @import { Link } from "./links.js" */
/** @import { Station } from "./stations.js" */
/** @import { River } from "./tree.js" */

/**
 * A box in view, in pixels from the left and the top of the river.
 * @typedef {object} Box
 * @property {View} view
 * @property {Segment} members  the items that share it; one where it is not slim
 * @property {number} x
 * @property {number} y
 * @property {number} width
 * @property {number} height
 * @property {[number, number]} room  from where, and how wide, what is written below may be
 * @property {number} inner  the width of the box itself, without the picture of its tensor
 * @property {Box[]} children
 * @property {Line[]} lines  its links
 * @property {[number, number]} head  where its name is, where it is open; among those of the boxes around it where
 *   there is little room
 * @property {boolean} aside  whether its stations stand at the left of what it contains, and not above it
 */

/**
 * A link as drawn: a straight one has two points at one height, an arc four.
 * @typedef {{ link: Link, points: [number, number][] }} Line
 */

/** @typedef {{ width: number, height: number, axis: number, row: number, boxes: Box[], lines: Line[], isLarge: boolean }} Layout */

/**
 * How the stations of the running call are laid out.
 * @typedef {object} Running
 * @property {Item} item  the call
 * @property {Station[]} stations
 */

const NOTHING = { children: [], lines: [] };
const LANE = 9, BELOW_LANES = 5, NAME_GAP = 14, CRUMB_GAP = 18, STATION_DOT = 23, STATION_ROWS = 3;
const SMALLEST_TARGET = 24; // pixels of a control
const LARGE_FROM = 640; // pixels of room for large pictures of what goes in and comes out, in letters of 13 pixels
const LEAST_HEIGHT = 96; // pixels of height for them
const TITLE_ROOM = 22; // pixels above and below such a picture
const FEW = 4; // of fewer children the stations stand at the left

/**
 * What a layout is made for.
 * @typedef {object} Given
 * @property {number} room  the width there is
 * @property {number} most  the height there is
 * @property {number} text  the size of the letters
 * @property {(text: string) => number} width  of a text
 * @property {Running | null} running
 * @property {(view: View) => number} focusOf  of an open item, the child that runs or is next
 */

/**
 * Lay out what is in view: with the stations above what their box contains, or at the left of it where that leaves more
 * in view. The work grows with what is in view, and with the edges of the record.
 * @param {River} river
 * @param {View} root
 * @param {Given} given
 * @returns {Layout}
 */
export function layoutOf(river, root, given) {
  const ways = [18, 10, 7].flatMap((gap) => (given.running ? [false, true] : [false]).map((isAside) => measuresOf(given, { gap, mayBeAside: isAside })));
  let best = ways[0], least = Infinity;
  for (const way of ways) {
    const slim = fit(root, given.room, given.focusOf, way);
    if (slim < least) [best, least] = [way, slim];
    if (!slim) break;
  }
  fit(root, given.room, given.focusOf, best);
  const layout = placed(river, root, best, new Set());
  return layout.height <= given.most ? layout : placed(river, root, best, middleOf(root));
}

/**
 * Return the open boxes between the outermost and the innermost one.
 * @param {View} root
 * @param {number} [depth]
 * @returns {Set<View>}
 */
function middleOf(root, depth = 0) {
  const inside = root.children.filter(({ open }) => open);
  return new Set([...(depth > 1 && inside.length ? [root] : []), ...inside.flatMap((view) => [...middleOf(view, depth + 1)])]);
}

/**
 * Return how large things are.
 * @param {Given} given
 * @param {{ gap: number, mayBeAside: boolean }} way
 * @returns {Measures}
 */
function measuresOf({ text, width, running, room, most }, { gap, mayBeAside }) {
  /** @param {string} phase */
  const wide = (phase) => width(phase) + STATION_DOT;
  const widths = (running?.stations ?? []).map(({ phase }) => wide(phase));
  let columns = 0;
  for (let at = 0; at < widths.length; at += STATION_ROWS) columns += Math.max(...widths.slice(at, at + STATION_ROWS)) + 4;
  /** @param {View} view */
  const title = (view) => width(view.item.name) + 8 + width(openNote(view));
  /** @param {View} view */
  const isAside = (view) => running?.item === view.item && (mayBeAside || view.children.length < FEW);
  return {
    text, width, gap, isAside, title, isLarge: room >= (LARGE_FROM * text) / 13 && most >= (LEAST_HEIGHT * text) / 13,
    stationRows: Math.min(widths.length, STATION_ROWS),
    aside: (view) => (isAside(view) ? columns : 0),
    head: (view) => {
      const above = running?.item === view.item && !isAside(view) ? widths.reduce((sum, each) => sum + each, NAME_GAP) : 0;
      return title(view) + above;
    },
  };
}

/** @param {View} view */
const isEnd = ({ item }) => item.kind === "input" || item.kind === "output";

/**
 * Return the layout of what fits.
 * @param {River} river
 * @param {View} root
 * @param {Measures} measures
 * @param {Set<View>} low  boxes whose names stand beside that of the outermost one
 * @returns {Layout}
 */
function placed(river, root, measures, low) {
  const line = Math.round(measures.text * 1.3), row = 2 * line + 8;
  const links = linksOf(river, root);
  /** @type {Map<View, { up: number, down: number }>} */
  const heights = new Map();

  const folded = { up: row / 2, down: row / 2 + line };
  /** @param {View} view */
  const endHeight = (view) => Math.max(row, leafOf(view, measures).height + TITLE_ROOM);
  /** @type {(view: View) => { up: number, down: number }} */
  const heightOf = (view) => {
    if (isEnd(view)) return { up: endHeight(view) / 2, down: endHeight(view) / 2 + line };
    if (!view.open) return folded;
    const known = heights.get(view);
    if (known) return known;
    const height = openHeight(view);
    heights.set(view, height);
    return height;
  };
  /** @type {(view: View) => { up: number, down: number }} */
  const openHeight = (view) => {
    const lanes = Math.max(0, ...(links.get(view) ?? []).map(({ lane }) => lane));
    const arcs = lanes ? lanes * LANE + BELOW_LANES : 0;
    const least = measures.isAside(view) ? measures.stationRows * Math.max(line + 2, SMALLEST_TARGET) / 2 : row / 2;
    let up = least, down = least;
    for (const child of view.children) {
      const height = heightOf(child);
      up = Math.max(up, height.up + arcs);
      down = Math.max(down, height.down);
    }
    return view.item.kind === "root" ? { up, down } : { up: up + (low.has(view) ? 4 : line + 5), down: down + 4 };
  };

  const { up, down } = heightOf(root), axis = up;

  let crumb = /** @type {[number, number]} */ ([0, 0]); // where the next name beside the outermost one goes

  /** @type {(view: View, left: number, right: number) => { children: Box[], lines: Line[] }} */
  const within = (view, left, right) => {
    const spare = Math.max(0, right - left - contentWidth(view, measures));
    let x = left + (view.item.kind === "root" ? 0 : measures.gap) + (measures.isAside(view) ? 0 : spare / 2);
    const children = segmentsOf(view).map((members) => {
      const [first] = members, wide = widthOf(members, measures), size = heightOf(first);
      const leaf = first.open || first.slim ? { box: wide, picture: 0, height: row } : leafOf(first, measures);
      const core = leaf.box + leaf.picture, start = x + (wide - core) / 2;
      const height = first.open ? size.up + size.down : isEnd(first) ? endHeight(first) : first.item.kind === "operation" && !first.slim ? line + 10 : row;
      const y = axis - (first.open ? size.up : height / 2), isLow = low.has(first);
      if (view === root) crumb = [start, y];
      const head = isLow ? crumb : /** @type {[number, number]} */ ([start, y]);
      if (isLow || view === root) crumb = [crumb[0] + measures.title(first) + CRUMB_GAP, crumb[1]];
      const inside = first.open ? within(first, x + PADDING + measures.aside(first), x + wide - PADDING) : NOTHING;
      const box = {
        view: first, members, head, x: start, y, width: core, height, inner: leaf.box,
        room: /** @type {[number, number]} */ ([x, wide]), ...inside, aside: measures.isAside(first),
      };
      x += wide + measures.gap;
      return box;
    });
    let top = axis - row / 2;
    for (const child of view.children) top = Math.min(top, axis - heightOf(child).up);
    return { children, lines: (links.get(view) ?? []).map((link) => lineOf(link, children, { left, right, axis, top })) };
  };

  const width = widthOf([root], measures), { children, lines } = within(root, 0, width);
  return { width, height: up + down, axis, row, boxes: children, lines, isLarge: measures.isLarge };
}

/**
 * Return a link's points.
 * @param {Link} link
 * @param {Box[]} boxes  those it goes between
 * @param {{ left: number, right: number, axis: number, top: number }} around  the room that they have, and their top
 * @returns {Line}
 */
function lineOf(link, boxes, { left, right, axis, top }) {
  const source = boxes[link.from], target = boxes[link.to];
  const start = link.from === IN ? left : source.x + source.width;
  const end = target ? target.x : right;
  if (!link.lane) return { link, points: [[start, axis], [end, axis]] };
  const lane = top - BELOW_LANES - (link.lane - 1) * LANE + 1;
  const leaves = link.from === IN ? left : source.x + source.width - 6, arrives = target ? target.x + Math.min(10, target.width / 2) : right;
  return { link, points: [[leaves, source ? source.y : lane], [leaves, lane], [arrives, lane], [arrives, target ? target.y : lane]] };
}
