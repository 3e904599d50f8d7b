// A line of source with its coloured tokens.

import { element } from "./dom.js";

/** @import { ColouredSpan } from "./payload.js" */

/**
 * Return the line as content: its tokens as elements, and what lies between them as text.
 * @param {string} text
 * @param {ColouredSpan[]} spans
 */
export function coloured(text, spans) {
  return pieces(text, spans).map(([piece, kind]) => (kind ? element("span", kind, piece) : piece));
}

/**
 * Cut a line at its coloured spans.
 * @param {string} text
 * @param {ColouredSpan[]} spans  in the order of their columns
 * @returns {[string, string][]} each piece with the kind of its token, "" for what lies between tokens
 */
export function pieces(text, spans) {
  /** @type {[string, string][]} */
  const found = [];
  let at = 0;
  for (const [start, end, kind] of spans) {
    if (start > at) found.push([text.slice(at, start), ""]);
    found.push([text.slice(start, end), kind]);
    at = end;
  }
  if (at < text.length) found.push([text.slice(at), ""]);
  return found;
}
