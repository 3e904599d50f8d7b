// Two players in step: one position over the rows of two aligned runs, which moves both.

import { element, sentence } from "../shared/dom.js";
import { listen } from "../shared/keys.js";
import { lanes } from "./lanes.js";
import { playback } from "../shared/playback.js";
import { projector } from "../shared/project.js";
import { aroundRow, rowsOf } from "./rows.js";
import { runSide } from "./side.js";
import { isDark } from "../shared/theme.js";

export function createPair(root, { askForLink, signal, stands }) {
  const find = (selector) => root.querySelector(selector);
  const relation = find(".relation"), told = find(".told"), which = find(".which");
  let pair = null, columns = [], rows = null, k = 0, level = 2, said = null;

  const player = { root, load, move, refreshTheme, letters: { d: "next", D: "previous" } };
  const playing = playback(root, { ended: () => k === rows.total - 1, rewind: () => goTo(0), advance: () => goTo(k + 1) });
  const jumpTo = (name, step) => goToRow(pair.rows[name].indexOf(step));
  const sides = [...root.querySelectorAll(".side")].map((side) => runSide(side, { jumpTo }));
  const timeline = lanes(root, { goTo: (next) => { playing.pause(); goTo(next); }, move });
  const projection = projector(root, { signal, changed: (on) => {
    find("[data-do=project]").setAttribute("aria-pressed", on);
    find("[data-do=project]").textContent = on ? "Leave" : "Project";
    settle();
  } });
  const moves = {
    first: () => goTo(0),
    back: () => goTo(Math.max(k - 1, 0)),
    forward: () => goTo(Math.min(k + 1, rows.total - 1)),
    last: () => goTo(rows.total - 1),
    next: () => goToDifference(around().next),
    previous: () => goToDifference(around().before),
  };

  function load(payload, row, named = level) {
    playing.pause();
    root.dataset.ready = "false";
    root.dataset.theme = isDark(root) ? "dark" : "light";
    pair = payload;
    columns = [pair.rows.left, pair.rows.right];
    sides[0].load(pair.left, pair.labels[0]);
    sides[1].load(pair.right, pair.labels[1]);
    root.dataset.differences = pair.differences.length;
    const first = Math.min(Math.max(row, 0), columns[0].length - 1);
    setLevel(Math.max(named, levelOf(first)), first);
    root.dataset.ready = "true";
    keys.arrived();
  }

  function setLevel(next, row) {
    level = next;
    rows = rowsOf(columns, sides.map((side) => side.record), level);
    timeline.load(rows, pair.differences);
    find(".count").textContent = rows.total;
    root.dataset.level = level;
    for (const choice of root.querySelectorAll("button[data-level]")) {
      choice.setAttribute("aria-pressed", Number(choice.dataset.level) === level);
    }
    goTo(rows.positionOf[row]);
  }

  // The least detail that shows a row.
  const levelOf = (row) => Math.min(...columns.map((column, side) => (column[row] < 0 ? 3 : sides[side].record.steps.level[column[row]])));

  // The differences around what a position covers: hidden rows belong to the one shown before them.
  const around = (at = k) => aroundRow(pair.differences, rows.order[at], rows.order[at]);

  function goTo(next) {
    const start = performance.now();
    k = next;
    const row = rows.order[k];
    const here = rows.here.map((present) => present[k]);
    const { at, next: following, before } = around();
    const difference = pair.differences[at];
    const differs = difference !== undefined;
    const state = here[0] && here[1] ? (differs ? "differs" : "same") : here[0] ? "left" : "right";
    sides.forEach((side, n) => {
      const shown = here[n] ? (here[1 - n] ? state : "only") : "absent";
      side.show(rows.walks[n], rows.places[n][k], shown, difference?.names ?? [], level);
    });
    tell(state, difference ?? pair.differences[following], differs);
    const total = pair.differences.length;
    which.textContent = differs ? `difference ${at + 1} of ${total}` : ["no step differs", "1 difference"][total] ?? `${total} differences`;
    find(".position").textContent = k + 1;
    timeline.show(k, `row ${k + 1} of ${rows.total}, ${relation.textContent}`);
    root.dataset.row = row;
    root.dataset.state = state;
    for (const name of ["first", "back"]) find(`[data-do=${name}]`).disabled = k === 0;
    for (const name of ["forward", "last"]) find(`[data-do=${name}]`).disabled = k === rows.total - 1;
    find("[data-do=next]").disabled = following < 0;
    find("[data-do=previous]").disabled = before < 0;
    find("[data-do=play]").disabled = rows.total === 1;
    settle();
    stands(row, level);
    performance.measure("pair-step", { start, end: performance.now() });
  }

  // The difference that is here, or else the one that the next key leads to.
  function tell(state, difference, here) {
    relation.textContent = { same: "= both", differs: "≠ both", left: "◀ only left", right: "only right ▶" }[state];
    const text = !pair.differences.length ? "No step of these two runs differs."
      : !difference ? "Equal from here on."
      : here ? difference.text : `Equal here. Next difference: ${difference.text}`;
    if (text !== said) told.replaceChildren(element("span", "", ...sentence(text)));
    said = text;
  }

  // To a row, showing more detail where this level leaves it out.
  function goToRow(row) {
    playing.pause();
    if (levelOf(row) > level) setLevel(levelOf(row), row);
    else goTo(rows.positionOf[row]);
  }

  function goToDifference(n) {
    if (n >= 0) goToRow(pair.differences[n].first);
  }

  function move(name) {
    if (!pair) return;
    if (name === "play") return playing.toggle();
    playing.pause();
    moves[name]?.();
  }

  function settle() {
    for (const side of sides) side.settle();
  }

  function refreshTheme() {
    root.dataset.theme = isDark(root) ? "dark" : "light";
  }

  root.addEventListener("click", (event) => {
    const pressed = event.target.closest("button");
    if (!pressed || !pair) return;
    if (pressed.dataset.level) setLevel(Number(pressed.dataset.level), rows.order[k]);
    else if (pressed.dataset.do === "link") askForLink(rows.order[k], pressed);
    else if (pressed.dataset.do === "project") projection.toggle();
    else if (pressed.dataset.do) move(pressed.dataset.do);
  }, { signal });
  // A click leaves the focus where it was, so that space plays right after it.
  root.addEventListener("mousedown", (event) => {
    if (event.target.closest("button")) event.preventDefault();
  }, { signal });
  const resized = new ResizeObserver(() => pair && settle());
  resized.observe(root);
  signal.addEventListener("abort", () => { resized.disconnect(); playing.pause(); });
  const keys = listen(player, signal);
  return player;
}
