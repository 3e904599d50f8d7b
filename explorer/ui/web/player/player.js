// The player: one record, one position, and panes that show it.

import { element, sentence } from "../shared/dom.js";
import { graphPane } from "./graph.js";
import { listen } from "../shared/keys.js";
import { phaseStrip } from "./phases.js";
import { playback } from "../shared/playback.js";
import { projector } from "../shared/project.js";
import { indexRecord } from "../shared/record.js";
import { sourcePane } from "../shared/source.js";
import { stackPane } from "./stack.js";
import { isDark } from "../shared/theme.js";
import { timeline } from "./timeline.js";
import { valuesPane } from "../shared/values.js";
import { moves, narrationAt, stepAtLine, walkOf } from "../shared/walk.js";

export function createPlayer(root, { askForLink, signal, stands }) {
  const find = (selector) => root.querySelector(selector);
  const narration = find(".narration"), play = find("[data-do=play]");
  const position = find(".position"), count = find(".count");
  let record = null, walk = null, k = 0, level = 2, said = null;

  const letters = { o: "over", i: "into", u: "out" };
  const player = { root, load, move, goToStep, refreshTheme, letters, get step() { return walk?.order[k] ?? 0; } };
  const jumps = { jumpTo: goToStep, jumpToLine, jumpToFrame, goTo: (next) => { pause(); goTo(next); }, move };
  const playing = playback(root, { ended: () => k === walk.total - 1, rewind: () => goTo(0), advance: () => goTo(moves.forward(walk, k)) });
  const pause = playing.pause;
  const phases = phaseStrip(root, jumps), stack = stackPane(root, jumps), source = sourcePane(root, jumps);
  const values = valuesPane(root), graph = graphPane(root, { jumpTo: goNear }), line = timeline(root, jumps);
  const projection = projector(root, { signal, changed: (on) => {
    find("[data-do=project]").setAttribute("aria-pressed", on);
    find("[data-do=project]").textContent = on ? "Leave" : "Project";
    refit();
  } });
  const panes = [phases, stack, source, values, graph, line];

  // The level that was shown before goes on, unless one is named; where it leaves the step out, more is shown.
  function load(payload, step, named = level) {
    pause();
    root.dataset.ready = "false";
    root.dataset.theme = isDark(root) ? "dark" : "light";
    record = indexRecord(payload);
    find("[data-do=failure]").hidden = failure() < 0;
    for (const pane of [phases, stack, source, values]) pane.load(record);
    graph.load(record, root.dataset.theme === "dark");
    const first = Math.min(Math.max(step, 0), record.count - 1);
    setLevel(Math.max(named, record.steps.level[first] ?? 1), first);
    root.dataset.ready = "true";
    keys.arrived();
  }

  function setLevel(next, step) {
    level = next;
    walk = walkOf(record, level);
    line.load(walk);
    count.textContent = walk.total;
    root.dataset.level = level;
    root.dataset.count = walk.total;
    for (const choice of root.querySelectorAll("[data-level]")) {
      if (choice !== root) choice.setAttribute("aria-pressed", Number(choice.dataset.level) === level);
    }
    goTo(walk.positionOf[step] ?? 0);
  }

  function goTo(next) {
    const start = performance.now();
    k = next;
    const i = walk.order[k];
    for (const pane of panes) pane.show(walk, k);
    const text = narrationAt(walk, k);
    if (text !== said) narration.replaceChildren(element("span", "", ...sentence(text)));
    said = text;
    position.textContent = k + 1;
    root.dataset.step = i;
    root.dataset.position = k + 1;
    for (const name of ["first", "back"]) find(`[data-do=${name}]`).disabled = k === 0;
    for (const name of ["forward", "last", "over", "into", "out"]) find(`[data-do=${name}]`).disabled = k === walk.total - 1;
    play.disabled = walk.total === 1;
    for (const pane of [stack, source, values, graph]) pane.settle();
    stands?.(i, level);
    performance.measure("player-step", { start, end: performance.now() });
  }

  // The step whose statement raised what left the call; -1 where nothing did, or Python itself raised at the call.
  const failure = () => record.payload.error?.step ?? -1;

  // To a step of the record, showing more detail where this level leaves it out.
  function goToStep(step) {
    pause();
    if (record.steps.level[step] > level) setLevel(record.steps.level[step], step);
    else goTo(walk.positionOf[step]);
  }

  // To what this level shows of a step: the step itself, or the one that it is part of.
  function goNear(step) {
    pause();
    goTo(walk.positionOf[step]);
  }

  function move(name) {
    if (!record) return;
    if (name === "play") return playing.toggle();
    pause();
    if (name in moves) goTo(moves[name](walk, k));
  }

  function jumpToLine(code, wanted) {
    const step = stepAtLine(record, code, wanted, level, walk.order[k]);
    if (step >= 0) goToStep(step);
  }

  function jumpToFrame(frame) {
    goToStep(record.stepsOfFrame[frame].find((i) => record.steps.level[i] <= level) ?? record.stepsOfFrame[frame][0]);
  }

  function refit() {
    graph.fit();
    stack.settle();
    source.settle();
  }

  function refreshTheme() {
    const theme = isDark(root) ? "dark" : "light";
    if (!record || theme === root.dataset.theme) return;
    root.dataset.theme = theme;
    graph.load(record, theme === "dark");
    graph.show(walk, k);
    graph.settle();
  }

  root.addEventListener("click", (event) => {
    const pressed = event.target.closest("button");
    if (!pressed || !record) return;
    if (pressed.dataset.level) setLevel(Number(pressed.dataset.level), walk.order[k]);
    else if (pressed.dataset.do === "link") askForLink(walk.order[k], pressed);
    else if (pressed.dataset.do === "project") projection.toggle();
    else if (pressed.dataset.do === "failure") goToStep(failure());
    else if (pressed.dataset.do) move(pressed.dataset.do);
  }, { signal });
  // A click leaves the focus where it was, so that space plays right after it.
  root.addEventListener("mousedown", (event) => {
    if (event.target.closest("button")) event.preventDefault();
  }, { signal });
  const resized = new ResizeObserver(() => record && refit());
  resized.observe(root);
  signal.addEventListener("abort", () => { resized.disconnect(); pause(); });
  const keys = listen(player, signal);
  return player;
}
