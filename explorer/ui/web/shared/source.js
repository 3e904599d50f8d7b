// The source pane: a function's lines, each with what it has done in this call.

import { closest, element, find, reveal, sentence, treeOf } from "./dom.js";
import { coloured } from "./highlight.js";
import { linesOfFrame, NEVER } from "./record.js";
import { stateAt } from "./walk.js";

/** @import { CodePayload } from "./payload.js" */
/** @import { FrameLines, IndexedRecord } from "./record.js" */
/** @import { Walk } from "./walk.js" */

/**
 * A function's lines as elements. They stay when another function is shown, hidden: coming back costs nothing.
 * @typedef {object} CodeView
 * @property {HTMLElement} body
 * @property {number} code  index of the source; -1 for the look-up, which has no lines
 * @property {number} first  number of the first line
 * @property {HTMLElement[]} rows
 * @property {HTMLElement[]} words  the word in each row's gutter
 * @property {string[]} states  of each row
 * @property {number[]} marked  indices of the rows that have a word
 */

/** @type {Record<string, string>} */
const GLYPHS = { "just ran": "✓", calls: "⤷", entered: "↓", returned: "↩", raised: "✕", next: "▶", waits: "‖" };

/**
 * Make the pane.
 * @param {ParentNode} root
 * @param {{ jumpToLine: (code: number, line: number) => void }} leads
 */
export function sourcePane(root, { jumpToLine }) {
  const pane = find(root, ".source .code");
  const functionName = find(root, ".source .function"), fileName = find(root, ".source .file");
  /** @type {IndexedRecord} */
  let record;
  /** @type {Map<number, CodeView>} */
  let views = new Map();
  /** @type {CodeView | null} */
  let shown = null;
  /** @type {HTMLElement | null} */
  let target = null; // the row to be in view
  let isNewView = false;

  pane.addEventListener("click", (event) => {
    const row = closest(event, ".line");
    if (row && shown && shown.code >= 0 && !isSelecting()) jumpToLine(shown.code, Number(row.dataset.line));
  });

  // Chrome's shadow roots have a selection of their own, which the standard's do not.
  function isSelecting() {
    const tree = /** @type {{ getSelection?: () => Selection | null }} */ (treeOf(pane));
    return String(tree.getSelection?.() ?? "") !== "";
  }

  /** @param {IndexedRecord} next */
  function load(next) {
    record = next;
    views = new Map();
    shown = target = null;
    pane.replaceChildren();
  }

  /**
   * Show a position.
   * @param {Walk} walk
   * @param {number} k
   * @param {{ waits?: boolean }} [options]  waits: another run goes on while this one stays where it is
   */
  function show(walk, k, { waits = false } = {}) {
    const i = walk.order[k], frame = record.steps.frame[i];
    const view = viewOf(frame < 0 ? -1 : record.frames.code[frame]);
    isNewView = shown !== view;
    if (isNewView) {
      const hasFocus = shown !== null && treeOf(pane).activeElement === shown.body;
      shown?.body.classList.remove("shown");
      view.body.classList.add("shown");
      if (hasFocus) view.body.focus({ preventScroll: true });
      shown = view;
      const { expression, lookup } = record.payload;
      functionName.textContent = frame < 0 ? expression : record.frames.function[frame].replace(".<locals>.", " › ");
      fileName.textContent = frame < 0 ? `where is ${lookup.attribute}?` : record.codes[view.code].file;
    }
    target = null;
    if (frame < 0) return;
    paint(view, i, linesOfFrame(record, frame));
    mark(view, i, waits ? { word: "waits", next: -1 } : stateAt(walk, k));
    target = view.rows[record.steps.line[i] - view.first] ?? null;
  }

  /** Bring the row into view. It asks for the layout, so call it when all panes have written what they show. */
  function scroll() {
    if (target && shown) reveal(shown.body, target, { always: isNewView });
  }

  /** @param {number} code */
  function viewOf(code) {
    const known = views.get(code);
    if (known) return known;
    const view = code < 0 ? buildLookup(record) : build(record.codes[code], code);
    view.body.classList.add("scroll");
    view.body.tabIndex = 0; // what scrolls can be reached, and scrolled, by keyboard
    view.body.setAttribute("role", "group");
    view.body.setAttribute("aria-label", "Code");
    pane.append(view.body);
    views.set(code, view);
    return view;
  }

  /**
   * Give each row its state at a step.
   * @param {CodeView} view
   * @param {number} step
   * @param {FrameLines} lines
   */
  function paint(view, step, lines) {
    view.rows.forEach((row, at) => {
      const state = lineState(lines, view.first + at, step);
      if (view.states[at] === state) return;
      view.states[at] = state;
      row.dataset.state = state;
    });
  }

  /**
   * Mark the statement of a step, and the one that comes next.
   * @param {CodeView} view
   * @param {number} step
   * @param {{ word: string, next: number }} state
   */
  function mark(view, step, { word, next }) {
    const { line, end_line, kind } = record.steps;
    for (const at of view.marked) {
      view.rows[at].removeAttribute("data-mark");
      view.rows[at].removeAttribute("aria-current");
      view.words[at].textContent = "";
    }
    view.marked = [];
    if (next >= 0) markLines(view, line[next], end_line[next], "next");
    markLines(view, line[step], kind[step] === "call" ? line[step] : end_line[step], word);
  }

  return { load, show, scroll };
}

/**
 * Return what a line has done in its frame at a step: "ran", "raised", "later" or "not".
 * @param {FrameLines} lines
 * @param {number} line
 * @param {number} step
 */
export function lineState(lines, line, step) {
  if (lines.raised(line) <= step) return "raised";
  if (lines.ran(line) <= step) return "ran";
  return lines.ran(line) < NEVER ? "later" : "not";
}

/**
 * Mark some lines; the first of them says the word.
 * @param {CodeView} view
 * @param {number} first
 * @param {number} last
 * @param {string} word
 */
function markLines(view, first, last, word) {
  for (let line = first; line <= last; line++) {
    const at = line - view.first, row = view.rows[at];
    if (!row) continue;
    if (line === first) {
      view.words[at].textContent = `${GLYPHS[word]} ${word}`;
      if (word !== "next") row.setAttribute("aria-current", "step");
    }
    row.dataset.mark = word;
    view.marked.push(at);
  }
}

/**
 * Build the lines of a function.
 * @param {CodePayload} source
 * @param {number} code
 * @returns {CodeView}
 */
function build(source, code) {
  const words = source.lines.map(() => element("span", "word"));
  const rows = source.lines.map(([indent, text, spans], at) => {
    const line = String(source.first + at);
    const row = element("div", "line", words[at], element("span", "number", line), element("span", "text", ...coloured(text, spans)));
    row.style.setProperty("--indent", String(indent));
    row.dataset.line = line;
    row.dataset.state = "not";
    return row;
  });
  const body = rows.length ? element("div", "lines", ...rows) : element("p", "none", "No source to show: it cannot be read from a file.");
  return { body, code, first: source.first, rows, words, states: rows.map(() => "not"), marked: [] };
}

/**
 * Build the look-up: the classes that Python searches for the method to call.
 * @param {IndexedRecord} record
 * @returns {CodeView}
 */
function buildLookup({ payload: { lookup, error } }) {
  const { type, attribute, searched, instance_attribute: onInstance } = lookup;
  const isCall = attribute === "__call__";
  const provider = lookup.provider === null ? -1 : searched.indexOf(lookup.provider);
  const list = element("ol", "mro", ...searched.map((name, at) => {
    const [state, glyph, words] = at === provider ? ["found", "✓", `provides ${attribute}`]
      : provider >= 0 && at > provider ? ["past", "·", "not asked"] : ["", "✕", "does not have it"];
    const cut = name.lastIndexOf(".");
    return element("li", state, element("b", "", glyph),
      element("p", "", element("code", "", name.slice(cut + 1)), element("small", "", ...dotted(cut < 0 ? "built in" : name.slice(0, cut)))),
      element("span", "", words));
  }));
  const isNowhere = provider < 0 && (isCall || !onInstance);
  const body = element("div", "lookup",
    element("p", "", ...sentence(isCall ? `Python asks the classes of \`${type}\` in this order:`
      : `Python looks for \`${attribute}\` on the object itself, then in its classes:`)), list,
    onInstance ? element("p", "", isCall
      ? "The object itself has a __call__ too. Python does not look there."
      : `The object itself has a ${attribute}: it comes first.`) : null,
    isNowhere ? element("p", "verdict", `✕ Nowhere: ${type} ${isCall ? "objects cannot be called" : `objects have no ${attribute}`}.`) : null,
    isNowhere && error ? element("p", "verdict", `${error.type}: ${error.message}`) : null);
  return { body, code: -1, first: 0, rows: [], words: [], states: [], marked: [] };
}

/**
 * Return a dotted path as content that may break after a dot.
 * @param {string} path
 */
function dotted(path) {
  return path.split(/(?<=\.)/).flatMap((part, at) => (at ? [element("wbr"), part] : [part]));
}
