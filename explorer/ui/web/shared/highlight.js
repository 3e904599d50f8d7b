// A line of source with its coloured tokens.

import { element } from "./dom.js";

/** @import { Mark } from "./payload.js" */

/**
 * Return the line as content: its tokens as elements, and what lies between them as text.
 * @param {string} text
 * @param {Mark[]} marks
 */
export function coloured(text, marks) {
  return pieces(text, marks).map(([piece, kind]) => (kind ? element("span", kind, piece) : piece));
}

/**
 * Cut a line at its marks.
 * @param {string} text
 * @param {Mark[]} marks  in the order of their columns
 * @returns {[string, string][]} each piece with the kind of its token, "" for what lies between tokens
 */
export function pieces(text, marks) {
  /** @type {[string, string][]} */
  const found = [];
  let at = 0;
  for (const [start, end, kind] of marks) {
    if (start > at) found.push([text.slice(at, start), ""]);
    found.push([text.slice(start, end), kind]);
    at = end;
  }
  if (at < text.length) found.push([text.slice(at), ""]);
  return found;
}
