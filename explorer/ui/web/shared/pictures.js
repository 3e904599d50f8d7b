// A tensor drawn as what it is: images, or a row of numbers as bars. Blue is below zero, orange above, white is zero.

import { element, svg } from "./dom.js";

/** @import { PicturePayload } from "./payload.js" */

/** @typedef {[red: number, green: number, blue: number]} Colour  each from 0 to 255 */

const BELOW = /** @type {Colour} */ ([33, 102, 172]), ABOVE = /** @type {Colour} */ ([179, 88, 6]); // told apart by the colour-blind too
const INK = /** @type {Colour} */ ([17, 24, 32]); // of an image
const FEW = 3; // images that are drawn twice as large
const SIDE = 28, BAR = 4, BARS_HEIGHT = 32; // pixels
const STEPS = 255; // of a byte

/**
 * Draw a tensor's picture. The pointer over it reads the number there, with its index; elsewhere it says its scale.
 * @param {PicturePayload} picture
 * @param {number[]} shape  of the tensor
 */
export function drawPicture(picture, shape) {
  const cells = cellsOf(picture);
  if (picture.images === 1 && picture.rows === 1) return drawBars(picture, cells, shape);
  const images = imagesOf(picture, cells), grey = isGrey(picture, shape, images.length), scale = images.length <= FEW ? 2 : 1;
  const size = Math.max(1, Math.floor((SIDE * scale) / Math.max(picture.rows, picture.columns)));
  const canvases = images.map((image) => drawImage(image, picture, grey));
  for (const canvas of canvases) canvas.style.width = `${picture.columns * size}px`;
  const [low, high] = [picture.min, picture.max].map(short);
  const scaleText = grey ? `White is 0, black is ${high}` : `Blue is below zero, orange above: ${low} to ${high}`;
  const readout = element("span", "readout", scaleText);
  const made = element("div", images.length > FEW ? "picture many" : "picture", ...canvases, readout);
  made.setAttribute("role", "img");
  made.setAttribute("aria-label", `${describe(picture, images.length)}, from ${low} to ${high}`);
  made.addEventListener("pointermove", (event) => {
    const at = canvases.indexOf(/** @type {HTMLCanvasElement} */ (event.target));
    if (at < 0) return void (readout.textContent = scaleText);
    const { width, height } = canvases[at].getBoundingClientRect();
    const row = cellAt(event.offsetY, height, picture.rows), column = cellAt(event.offsetX, width, picture.columns);
    readout.textContent = readOut(picture, shape, images[at][row * picture.columns + column], [at, row, column]);
  });
  made.addEventListener("pointerleave", () => (readout.textContent = scaleText));
  return made;
}

/** @type {(offset: number, size: number, count: number) => number} */
const cellAt = (offset, size, count) => Math.min(Math.max(Math.floor((offset / size) * count), 0), count - 1);

/**
 * Return a cell in words: its index in the tensor, as Python writes it, and its number. Of a cell that several elements
 * share, it is their mean. A byte tells 256 numbers apart, so each is said to about three digits.
 * @param {PicturePayload} picture
 * @param {number[]} shape
 * @param {number} number
 * @param {[image: number, row: number, column: number]} at
 */
export function readOut({ rows, columns }, shape, number, [image, row, column]) {
  const places = [String(image), ...[[row, rows, shape.at(-2)], [column, columns, shape.at(-1)]].map(([cell, count, size]) => {
    const total = size ?? count ?? 1, cells = count ?? 1, from = Math.floor((Number(cell) * total) / cells), to = Math.floor(((Number(cell) + 1) * total) / cells);
    return to - from > 1 ? `${from}:${to}` : String(from);
  })];
  const index = [...Array(Math.max(shape.length - 3, 0)).fill("0"), ...places.slice(-Math.min(shape.length, 3))];
  return `[${index.join(", ")}] ${index.some((each) => each.includes(":")) ? "mean " : ""}≈ ${short(number)}`;
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
 * @param {boolean} grey  whether it is drawn in grey, as an image is
 * @returns {Colour}
 */
export function colourOf(number, { min, max }, grey = false) {
  const most = Math.max(Math.abs(min), Math.abs(max)), strength = most ? Math.abs(number) / most : 0;
  return /** @type {Colour} */ ((grey ? INK : number < 0 ? BELOW : ABOVE).map((part) => Math.round(STEPS + (part - STEPS) * strength)));
}

/**
 * Return whether a picture is that of an image, to be drawn in grey: no number below zero, and channels that are equal, or
 * the one channel of a batch of images.
 * @param {PicturePayload} picture
 * @param {number[]} shape  of the tensor
 * @param {number} different  how many different images there are
 */
export const isGrey = ({ min, images }, shape, different) => min >= 0 && different === 1 && (images > 1 || shape.length > 3);

/**
 * Draw one image, a pixel for each cell.
 * @param {Float64Array} image
 * @param {PicturePayload} picture
 * @param {boolean} grey
 */
export function drawImage(image, picture, grey) {
  const canvas = element("canvas"), context = canvas.getContext("2d");
  canvas.width = picture.columns;
  canvas.height = picture.rows;
  const pixels = new Uint8ClampedArray(image.length * 4);
  image.forEach((number, at) => pixels.set([...colourOf(number, picture, grey), STEPS], at * 4));
  context?.putImageData(new ImageData(pixels, picture.columns, picture.rows), 0, 0);
  return canvas;
}

/**
 * @param {PicturePayload} picture
 * @param {Float64Array} cells
 * @param {number[]} shape
 */
function drawBars(picture, cells, shape) {
  const top = Math.max(0, picture.max), bottom = Math.min(0, picture.min), span = top - bottom || 1;
  const zero = (top / span) * BARS_HEIGHT, width = cells.length * (BAR + 1);
  const bars = [...cells].map((number, at) => {
    const height = Math.max((Math.abs(number) / span) * BARS_HEIGHT, 0.5);
    const bar = svg("rect", { class: number < 0 ? "below" : "above", x: at * (BAR + 1), y: number < 0 ? zero : zero - height, width: BAR, height });
    bar.append(svg("title", {}, readOut(picture, shape, number, [0, 0, at])));
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
