// Two players in step: one position over the rows of two aligned runs, which moves both.

import { USUAL_LEVEL, wireControls } from "../shared/controls.js";
import { correspondingStep } from "../shared/correspond.js";
import { element, find, sentence } from "../shared/dom.js";
import { themeOf } from "../shared/theme.js";
import { lanes } from "./lanes.js";
import { differencesAround, rowsOf } from "./rows.js";
import { runSide } from "./side.js";

/** @import { Page } from "../shared/controls.js" */
/** @import { Opening } from "../shared/correspond.js" */
/** @import { PlayerPayload } from "../shared/payload.js" */
/** @import { IndexedRecord } from "../shared/record.js" */
/** @import { DifferencePayload, PairPayload } from "./payload.js" */
/** @import { Rows } from "./rows.js" */

/** @typedef {"same" | "differs" | "left" | "right"} State  of a row: which sides have it, and whether they agree */

const RELATIONS = { same: "= both", differs: "≠ both", left: "◀ only left", right: "only right ▶" };
const SIDES = /** @type {const} */ (["left", "right"]);

/**
 * Make the two players of the elements of pair.html.
 * @param {HTMLElement} root
 * @param {Page} page
 */
export function createPair(root, { askForLink, signal, onMoved }) {
  const relation = find(root, ".relation"), differenceText = find(root, ".difference-text"), which = find(root, ".which");
  /** @type {DifferencePayload[]} */
  let differences = [];
  /** @type {number[][]} */
  let columns = []; // for each side the step of each row, -1 where it has none
  /** @type {IndexedRecord[]} */
  let records = [];
  /** @type {Rows} */
  let rows;
  let k = 0, level = USUAL_LEVEL, isLoaded = false;
  /** @type {string | null} */
  let shownText = null;

  /** @type {Record<string, () => void>} */
  const moves = {
    first: () => show(0),
    back: () => show(Math.max(k - 1, 0)),
    forward: () => show(Math.min(k + 1, rows.total - 1)),
    last: () => show(rows.total - 1),
    next: () => jumpToDifference(around().next),
    previous: () => jumpToDifference(around().previous),
  };
  const controls = wireControls(root, {
    letters: { d: "next", D: "previous" },
    isLoaded: () => isLoaded,
    atEnd: () => k === rows.total - 1,
    rewind: () => show(0),
    advance: () => show(k + 1),
    move: (name) => moves[name]?.(),
    changeLevel: (next) => setLevel(next, rows.order[k]),
    askForLink: (button) => askForLink(rows.order[k], level, button),
    fit: scroll,
  }, signal);
  const sides = SIDES.map((name, side) =>
    runSide(find(root, `.side[data-side=${name}]`), name, { jumpToStep: (step) => jumpTo(columns[side].indexOf(step)) }));
  const timeline = lanes(root, { goTo: (next) => { controls.pause(); show(next); }, move: controls.move });

  /**
   * Show two runs: at the row of a link, with more detail where its level leaves the row out; or else at what
   * corresponds to where the reader is in another pair of the same model; or where they last stood in this one.
   * @param {PairPayload & { left: PlayerPayload, right: PlayerPayload }} payload
   * @param {Opening} opening
   */
  function load(payload, { position, level: wanted = level, remembered }) {
    controls.beginLoading();
    const before = isLoaded && position === null ? standing(payload) : null;
    differences = payload.differences;
    columns = SIDES.map((name) => payload.rows[name]);
    records = sides.map((side, n) => side.load(payload[SIDES[n]], payload.labels[n]));
    isLoaded = true;
    root.dataset.differences = String(differences.length);
    if (before) {
      const step = correspondingStep(before.record, before.step, records[before.side]);
      setLevel(wanted, Math.max(columns[before.side].indexOf(step), 0));
    } else {
      const [row, detail] = position === null && remembered ? remembered : [position ?? 0, wanted];
      const first = Math.min(Math.max(row, 0), columns[0].length - 1);
      setLevel(Math.max(detail, levelOf(first)), first);
    }
    controls.endLoading();
  }

  /**
   * Return a side that stands at a step, and that the new pair has a run of the same model for; null for none.
   * @param {{ left: PlayerPayload, right: PlayerPayload }} payload
   */
  function standing(payload) {
    for (const [side, name] of SIDES.entries()) {
      const step = columns[side][rows.order[k]];
      if (step >= 0 && records[side].payload.title === payload[name].title) return { side, step, record: records[side] };
    }
    return null;
  }

  /**
   * Show a detail level, at what it shows of a row.
   * @param {number} next
   * @param {number} row
   */
  function setLevel(next, row) {
    level = next;
    rows = rowsOf(columns, records, level);
    timeline.load(rows, differences);
    controls.showLevel(level, rows.total);
    show(rows.positionOf[row]);
  }

  /**
   * Return the least detail that shows a row.
   * @param {number} row
   */
  const levelOf = (row) => Math.min(...columns.map((column, side) => (column[row] < 0 ? 3 : records[side].steps.level[column[row]])));

  const around = () => differencesAround(differences, rows.order[k]);

  /** @param {number} next */
  function show(next) {
    const start = performance.now();
    k = next;
    const row = rows.order[k];
    const here = rows.here.map((present) => present[k]);
    const { at, next: following, previous } = around();
    const difference = at < 0 ? null : differences[at];
    const state = here[0] && here[1] ? (difference ? "differs" : "same") : here[0] ? "left" : "right";
    sides.forEach((side, n) => {
      const relationOfSide = !here[n] ? "absent" : !here[1 - n] ? "only" : difference ? "differs" : "same";
      side.show(rows.walks[n], rows.walkPositions[n][k], relationOfSide, difference?.names ?? [], level);
    });
    showRelation(state, difference, differences[following]);
    const total = differences.length;
    which.textContent = difference ? `difference ${at + 1} of ${total}` : ["no step differs", "1 difference"][total] ?? `${total} differences`;
    timeline.show(k, `row ${k + 1} of ${rows.total}, ${relation.textContent}`);
    root.dataset.row = String(row);
    root.dataset.state = state;
    controls.showPosition(k, rows.total, { next: following < 0, previous: previous < 0 });
    scroll();
    onMoved?.(row, level);
    performance.measure("pair-step", { start, end: performance.now() });
  }

  /**
   * Show how the sides stand to each other, and the difference that is here, or else the one that the next key leads to.
   * @param {State} state
   * @param {DifferencePayload | null} difference
   * @param {DifferencePayload | undefined} following
   */
  function showRelation(state, difference, following) {
    relation.textContent = RELATIONS[state];
    const text = !differences.length ? "No step of these two runs differs."
      : difference ? difference.text
      : following ? `Equal here. Next difference: ${following.text}` : "Equal from here on.";
    if (text !== shownText) differenceText.replaceChildren(element("span", "", ...sentence(text)));
    shownText = text;
  }

  /**
   * Go to a row, showing more detail where the level leaves it out.
   * @param {number} row
   * @param {number} [wanted]  detail level
   */
  function jumpTo(row, wanted = level) {
    controls.pause();
    const needed = Math.max(levelOf(row), wanted);
    if (needed > level || wanted < level) setLevel(needed, row);
    else show(rows.positionOf[row]);
  }

  /** @param {number} n  -1 where there is none */
  function jumpToDifference(n) {
    if (n >= 0) jumpTo(differences[n].first);
  }

  function scroll() {
    for (const side of sides) side.scroll();
  }

  function refreshTheme() {
    root.dataset.theme = themeOf(root);
  }

  return { root, load, jumpTo, refreshTheme };
}
