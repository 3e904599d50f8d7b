// The picture of an item's tensor: an outline of its shape while it is ahead, and what it holds once the walk is there.

import { element, svg } from "../shared/dom.js";
import { cellsOf, drawImage, imagesOf, isGrey } from "../shared/pictures.js";
import { droppedOf } from "./dropped.js";
import { AROUND_SCORES, CLASS, glyphOf, LINE, numbersOf, roomOf, SCORES } from "./tensor.js";

/** @import { PicturePayload } from "../shared/payload.js" */
/** @import { Item } from "./item.js" */
/** @import { Glyph } from "./tensor.js" */

const GAP = 2; // between two classes
const LEAST = 0.6; // pixels of a bar

/**
 * Return the outline of a tensor, at the right end of its box, and what fills it.
 * @param {Item} item
 * @param {number} right
 * @param {number} scale
 * @param {boolean} isLarge
 * @returns {{ node: HTMLElement, fill: () => void }}
 */
export function pictured(item, right, scale, isLarge) {
  const glyph = glyphOf(item, isLarge), { width, height } = roomOf(glyph);
  const drawing = svg("svg", { viewBox: `-1 -1 ${width + 2} ${height + 2}`, width: (width + 2) * scale, height: (height + 2) * scale });
  const node = element("span", `tensor ${glyph.manner}`, drawing);
  node.setAttribute("aria-hidden", "true");
  node.style.left = `${right - (width + 1) * scale}px`;
  for (let at = glyph.sheets - 1; at >= 0; at--) {
    drawing.append(svg("rect", { class: "outline", x: at * glyph.step, y: height - glyph.height - at * glyph.step, width: glyph.width, height: glyph.height, rx: 1 }));
  }
  const picture = item.tensor?.picture;
  const fill = () => {
    node.classList.toggle("filled", glyph.manner === "numbers" || !!picture);
    if (glyph.manner === "numbers" && item.tensor) drawing.append(...writtenNumbers(numbersOf(item.tensor)));
    else if (!picture) return;
    else if (glyph.manner === "classes") drawing.append(...scoresOf(picture));
    else if (glyph.manner === "bars") drawing.append(...barsOf(picture, glyph), crossesAt(droppedOf(item), picture, glyph));
    else node.append(...sheetsOf(picture, item.shape ?? [], glyph, { height, scale }));
  };
  return { node, fill };
}

/**
 * Return the class whose score is the highest; null where the picture cannot tell it from another.
 * @param {PicturePayload} picture
 */
export function highestOf(picture) {
  const cells = [...cellsOf(picture)], highest = Math.max(...cells), at = cells.indexOf(highest);
  return cells.indexOf(highest, at + 1) < 0 ? at : null;
}

/**
 * @param {PicturePayload} picture
 * @param {number[]} shape
 * @param {Glyph} glyph
 * @param {{ height: number, scale: number }} room  the height of all sheets
 */
function sheetsOf(picture, shape, glyph, { height, scale }) {
  const images = imagesOf(picture, cellsOf(picture)), grey = isGrey(picture, shape, images.length);
  return images.slice(0, glyph.sheets).map((image, at) => {
    const canvas = drawImage(image, picture, grey);
    const x = 1 + at * glyph.step, y = 1 + height - glyph.height - at * glyph.step;
    canvas.style.cssText = `left:${x * scale}px;top:${y * scale}px;width:${glyph.width * scale}px;height:${glyph.height * scale}px`;
    return canvas;
  }).reverse(); // the first image is the front one
}

/**
 * Return a row of numbers as bars, from zero up or down; neighbours share one where there are more than pixels.
 * @param {PicturePayload} picture
 * @param {Glyph} glyph
 */
function barsOf(picture, { width, height }) {
  const cells = cellsOf(picture), wide = Math.max(1, width / cells.length), count = Math.min(cells.length, Math.floor(width / wide));
  const { zero, span } = scaleOf(picture, height);
  const paths = { below: "", above: "" };
  for (let at = 0; at < count; at++) {
    const shared = cells.subarray(Math.floor((at * cells.length) / count), Math.floor(((at + 1) * cells.length) / count));
    const number = shared.reduce((most, each) => (Math.abs(each) > Math.abs(most) ? each : most), 0);
    const long = (Math.abs(number) / span) * height;
    if (long >= LEAST) paths[number < 0 ? "below" : "above"] += `M${at * wide} ${zero}h${wide * 0.85}v${number < 0 ? long : -long}h${-wide * 0.85}z`;
  }
  return [svg("path", { class: "below", d: paths.below }), svg("path", { class: "above", d: paths.above }), svg("path", { class: "zero", d: `M0 ${zero}h${width}` })];
}

/**
 * Return a cross for each unit that was dropped, on the line of zero.
 * @param {number[]} cells
 * @param {PicturePayload} picture
 * @param {Glyph} glyph
 */
function crossesAt(cells, picture, { width, height }) {
  const wide = width / picture.columns, { zero } = scaleOf(picture, height), arm = Math.min(wide * 0.35, 3);
  const d = cells.map((at) => `M${(at + 0.425) * wide - arm} ${zero - 2 * arm - 1}l${2 * arm} ${2 * arm}m0 ${-2 * arm}l${-2 * arm} ${2 * arm}`).join("");
  return svg("path", { class: "dropped", d });
}

/**
 * Return the scores of classes as bars, each with the number of its class below it; the highest is marked.
 * @param {PicturePayload} picture
 */
function scoresOf(picture) {
  const cells = [...cellsOf(picture)], { zero, span } = scaleOf(picture, SCORES), highest = highestOf(picture);
  const bars = cells.flatMap((number, at) => {
    const long = Math.max((Math.abs(number) / span) * SCORES, LEAST), mark = at === highest ? " highest" : "";
    const name = svg("text", { class: `class${mark}`, x: at * CLASS + CLASS / 2, y: SCORES + 13 });
    name.textContent = String(at);
    return [svg("rect", { class: `score${mark}`, x: at * CLASS + GAP / 2, y: number < 0 ? zero : zero - long, width: CLASS - GAP, height: long }), name];
  });
  const line = svg("path", { class: "zero", d: `M0 ${zero}h${cells.length * CLASS}` });
  return [svg("g", { transform: `translate(${AROUND_SCORES} ${AROUND_SCORES})` }, ...bars, line)];
}

/** @param {string[]} numbers */
function writtenNumbers(numbers) {
  return numbers.map((number, at) => {
    const text = svg("text", { x: 0, y: (at + 1) * LINE - 4 });
    text.textContent = number;
    return text;
  });
}

/**
 * Return where zero is, and how much the whole height stands for.
 * @param {PicturePayload} picture
 * @param {number} height
 */
function scaleOf({ min, max }, height) {
  const top = Math.max(0, max), span = top - Math.min(0, min) || 1;
  return { zero: (top / span) * height, span };
}
