// The player: one record, one position, and panes that show it.

import { riverPane } from "../river/river.js";
import { USUAL_LEVEL, wireControls } from "../shared/controls.js";
import { correspondingStep } from "../shared/correspond.js";
import { element, find, sentence } from "../shared/dom.js";
import { indexRecord } from "../shared/record.js";
import { sourcePane } from "../shared/source.js";
import { themeOf } from "../shared/theme.js";
import { valuesPane } from "../shared/values.js";
import { moves, narrationAt, stepAtLine, walkOf } from "../shared/walk.js";
import { phaseStrip } from "./phases.js";
import { stackPane } from "./stack.js";
import { timeline } from "./timeline.js";

/** @import { Page } from "../shared/controls.js" */
/** @import { Opening } from "../shared/correspond.js" */
/** @import { PlayerPayload } from "../shared/payload.js" */
/** @import { IndexedRecord } from "../shared/record.js" */
/** @import { Walk } from "../shared/walk.js" */

/**
 * Make a player of the elements of player.html.
 * @param {HTMLElement} root
 * @param {Page} page
 */
export function createPlayer(root, { askForLink, signal, onMoved }) {
  const narration = find(root, ".narration"), toFailure = find(root, "[data-do=failure]");
  /** @type {IndexedRecord} */
  let record;
  /** @type {Walk} */
  let walk;
  let k = 0, level = USUAL_LEVEL, isLoaded = false;
  /** @type {string | null} */
  let narrated = null;

  const controls = wireControls(root, {
    letters: { o: "over", i: "into", u: "out" },
    isLoaded: () => isLoaded,
    atEnd: () => k === walk.total - 1,
    rewind: () => show(0),
    advance: () => show(moves.forward(walk, k)),
    move: (name) => { if (name in moves) show(moves[name](walk, k)); },
    changeLevel: (next) => setLevel(next, walk.order[k]),
    askForLink: (button) => askForLink(walk.order[k], level, button),
    buttons: { failure: () => jumpTo(failure()) },
    fit,
  }, signal);
  const phases = phaseStrip(root, { jumpTo });
  const stack = stackPane(root, { jumpToFrame });
  const source = sourcePane(root, { jumpToLine });
  const values = valuesPane(root);
  const river = riverPane(root, { jumpTo: jumpNear });
  const line = timeline(root, { goTo: pauseAndShow, move: controls.move });
  const panes = [phases, stack, source, values, river, line];

  /**
   * Show a run: at the step of a link, with more detail where its level leaves the step out; or else at what corresponds
   * to where the reader is in another run of the same model; or where they last stood in this one.
   * @param {PlayerPayload} payload
   * @param {Opening} opening
   */
  function load(payload, { position, level: wanted = level, remembered }) {
    controls.beginLoading();
    const before = isLoaded && record.payload.title === payload.title ? { record, step: walk.order[k] } : null;
    record = indexRecord(payload);
    isLoaded = true;
    toFailure.hidden = failure() < 0;
    for (const pane of [phases, stack, source, values, river]) pane.load(record);
    if (before && position === null) {
      setLevel(wanted, correspondingStep(before.record, before.step, record));
    } else {
      const [step, detail] = position === null && remembered ? remembered : [position ?? 0, wanted];
      const first = Math.min(Math.max(step, 0), record.count - 1);
      setLevel(Math.max(detail, record.steps.level[first] ?? 1), first);
    }
    controls.endLoading();
  }

  /**
   * Show a detail level, at what it shows of a step.
   * @param {number} next
   * @param {number} step
   */
  function setLevel(next, step) {
    level = next;
    walk = walkOf(record, level);
    line.load(walk);
    controls.showLevel(level, walk.total);
    root.dataset.count = String(walk.total);
    show(walk.positionOf[step] ?? 0);
  }

  /** @param {number} next */
  function show(next) {
    const start = performance.now();
    k = next;
    const step = walk.order[k];
    for (const pane of panes) pane.show(walk, k);
    const text = narrationAt(walk, k);
    if (text !== narrated) narration.replaceChildren(element("span", "", ...sentence(text)));
    narrated = text;
    root.dataset.step = String(step);
    root.dataset.position = String(k + 1);
    const atEnd = k === walk.total - 1;
    controls.showPosition(k, walk.total, { over: atEnd, into: atEnd, out: atEnd });
    for (const pane of [stack, source, values, river]) pane.scroll();
    onMoved?.(step, level);
    performance.measure("player-step", { start, end: performance.now() });
  }

  // The step whose statement raised what left the call; -1 where nothing did, or Python itself raised at the call.
  const failure = () => record.payload.error?.step ?? -1;

  /** @param {number} next */
  function pauseAndShow(next) {
    controls.pause();
    show(next);
  }

  /**
   * Go to a step of the record, showing more detail where the level leaves it out.
   * @param {number} step
   * @param {number} [wanted]  detail level
   */
  function jumpTo(step, wanted = level) {
    controls.pause();
    const needed = Math.max(record.steps.level[step], wanted);
    if (needed > level || wanted < level) setLevel(needed, step);
    else show(walk.positionOf[step]);
  }

  /**
   * Go to what this level shows of a step: the step itself, or the one that it is part of.
   * @param {number} step
   */
  function jumpNear(step) {
    pauseAndShow(walk.positionOf[step]);
  }

  /** @type {(code: number, wanted: number) => void} */
  function jumpToLine(code, wanted) {
    const step = stepAtLine(record, code, wanted, level, walk.order[k]);
    if (step >= 0) jumpTo(step);
  }

  /** @param {number} frame */
  function jumpToFrame(frame) {
    const steps = record.stepsOfFrame[frame];
    jumpTo(steps.find((i) => record.steps.level[i] <= level) ?? steps[0]);
  }

  function fit() {
    river.fit();
    stack.scroll();
    source.scroll();
  }

  function refreshTheme() {
    if (isLoaded) root.dataset.theme = themeOf(root);
  }

  return { root, load, jumpTo, refreshTheme };
}
