// A tensor drawn as what it is: images, or a row of numbers as bars. Blue is below zero, orange above, white is zero.

import { element, svg } from "./dom.js";

/** @import { PicturePayload } from "./payload.js" */

/** @typedef {[red: number, green: number, blue: number]} Colour  each from 0 to 255 */

const BELOW = /** @type {Colour} */ ([33, 102, 172]), ABOVE = /** @type {Colour} */ ([179, 88, 6]); // told apart by the colour-blind too
const FEW = 3; // images that are drawn twice as large
const SIDE = 28, BAR = 4, BARS_HEIGHT = 32; // pixels
const STEPS = 255; // of a byte

/**
 * Draw a picture.
 * @param {PicturePayload} picture
 */
export function drawPicture(picture) {
  const cells = cellsOf(picture);
  if (picture.images === 1 && picture.rows === 1) return drawBars(picture, cells);
  const images = imagesOf(picture, cells), scale = images.length <= FEW ? 2 : 1;
  const size = Math.max(1, Math.floor((SIDE * scale) / Math.max(picture.rows, picture.columns)));
  const made = element("div", images.length > FEW ? "picture many" : "picture", ...images.map((image) => drawImage(image, picture, size)));
  made.setAttribute("role", "img");
  made.setAttribute("aria-label", `${describe(picture, images.length)}, from ${short(picture.min)} to ${short(picture.max)}`);
  made.title = `Blue is below zero, orange above: ${short(picture.min)} to ${short(picture.max)}`;
  return made;
}

/**
 * Return the numbers that a picture's cells stand for.
 * @param {PicturePayload} picture
 */
export function cellsOf({ cells, min, max }) {
  return Float64Array.from(atob(cells), (byte) => min + (byte.charCodeAt(0) / STEPS) * (max - min));
}

/**
 * Return each image's cells; one where all are equal, as the channels of a grey picture are.
 * @param {PicturePayload} picture
 * @param {Float64Array} cells
 */
export function imagesOf({ images, rows, columns }, cells) {
  const size = rows * columns, parts = Array.from({ length: images }, (_, at) => cells.subarray(at * size, (at + 1) * size));
  return parts.every((part) => part.every((cell, at) => cell === parts[0][at])) ? parts.slice(0, 1) : parts;
}

/**
 * Return the colour of a number: the further from zero, the stronger.
 * @param {number} number
 * @param {PicturePayload} picture
 * @returns {Colour}
 */
export function colourOf(number, { min, max }) {
  const most = Math.max(Math.abs(min), Math.abs(max)), strength = most ? Math.abs(number) / most : 0;
  return /** @type {Colour} */ ((number < 0 ? BELOW : ABOVE).map((part) => Math.round(STEPS + (part - STEPS) * strength)));
}

/**
 * @param {Float64Array} image
 * @param {PicturePayload} picture
 * @param {number} size  pixels of a cell
 */
function drawImage(image, picture, size) {
  const canvas = element("canvas"), context = canvas.getContext("2d");
  canvas.width = picture.columns;
  canvas.height = picture.rows;
  canvas.style.width = `${picture.columns * size}px`;
  const pixels = new Uint8ClampedArray(image.length * 4);
  image.forEach((number, at) => pixels.set([...colourOf(number, picture), STEPS], at * 4));
  context?.putImageData(new ImageData(pixels, picture.columns, picture.rows), 0, 0);
  return canvas;
}

/**
 * @param {PicturePayload} picture
 * @param {Float64Array} cells
 */
function drawBars(picture, cells) {
  const top = Math.max(0, picture.max), bottom = Math.min(0, picture.min), span = top - bottom || 1;
  const zero = (top / span) * BARS_HEIGHT, width = cells.length * (BAR + 1);
  const bars = [...cells].map((number, at) => {
    const height = Math.max((Math.abs(number) / span) * BARS_HEIGHT, 0.5);
    const bar = svg("rect", { class: number < 0 ? "below" : "above", x: at * (BAR + 1), y: number < 0 ? zero : zero - height, width: BAR, height });
    bar.append(svg("title", {}, `${at}: ${short(number)}`));
    return bar;
  });
  return svg("svg", { class: "bars", viewBox: `0 0 ${width} ${BARS_HEIGHT}`, width, height: BARS_HEIGHT, role: "img",
    "aria-label": `${cells.length} numbers as bars, from ${short(picture.min)} to ${short(picture.max)}` },
    ...bars, svg("path", { class: "zero", d: `M0 ${zero}h${width}` }));
}

/**
 * Say what is drawn.
 * @param {PicturePayload} picture
 * @param {number} drawn  how many images
 */
function describe({ images, rows, columns }, drawn) {
  const size = `${rows} by ${columns}`;
  if (images === 1) return `An image of ${size} cells`;
  return drawn === 1 ? `${images} equal images of ${size} cells` : `${images} images of ${size} cells each`;
}

/** @param {number} number */
const short = (number) => String(Number(number.toPrecision(3)));
