// The phase strip: where in `Module.__call__` the innermost enclosing call is, and which phases it went through.

import { button, closest, element, find } from "../shared/dom.js";
import { BACKWARD } from "../shared/record.js";

/** @import { IndexedRecord } from "../shared/record.js" */
/** @import { Walk } from "../shared/walk.js" */

// Left out where a call has no step of theirs: `model.forward(x)` looks up no `__call__`, few calls raise, and
// `backward()` is optional. Where `backward()` ran it is no part of any call, and can be reached from each.
const OPTIONAL = new Set(["lookup", "exception", BACKWARD]);

// What a phase's class in the strip means, and what a click does.
const MEANINGS = {
  ran: "ran; step to its start",
  unentered: "asked for, and there was none, so nothing of it ran; step to the question",
  skipped: "not in this call",
};

/**
 * Make the strip.
 * @param {HTMLElement} root
 * @param {{ jumpTo: (step: number) => void }} leads
 */
export function phaseStrip(root, { jumpTo }) {
  const where = find(root, ".where"), list = find(root, ".phases");
  /** @type {IndexedRecord} */
  let record;
  /** @type {Map<string, { chip: HTMLButtonElement, item: HTMLElement }>} */
  let chips = new Map();
  /** @type {Set<number>} */
  let unentered = new Set(); // first steps of phases whose condition was evaluated, and whose body did not run
  /** @type {string | null} */
  let shownCall = null;

  list.addEventListener("click", (event) => {
    const step = closest(event, ".phase")?.dataset.first;
    if (step) jumpTo(Number(step));
  });

  /** @param {IndexedRecord} next */
  function load(next) {
    record = next;
    shownCall = null;
    unentered = new Set(record.payload.unentered_phases);
    chips = new Map(record.payload.phases.map((phase) => {
      const chip = button("phase", "", phase);
      chip.dataset.phase = phase;
      return [phase, { chip, item: element("li", "", chip) }];
    }));
    list.replaceChildren(...[...chips.values()].map(({ item }) => item));
  }

  /** @type {(walk: Walk, k: number) => void} */
  function show(walk, k) {
    const step = walk.order[k];
    if (record.call[step] !== shownCall) showCall(record.call[step]);
    for (const [phase, { chip }] of chips) {
      const isCurrent = phase === record.phase[step];
      if (isCurrent === (chip.getAttribute("aria-current") === "step")) continue;
      if (isCurrent) enterPhase(chip);
      else chip.removeAttribute("aria-current");
    }
    root.dataset.phase = record.phase[step] ?? "";
  }

  /** @param {HTMLElement} chip */
  function enterPhase(chip) {
    chip.setAttribute("aria-current", "step");
    if (list.scrollWidth > list.clientWidth) list.scrollLeft = chip.offsetLeft - list.offsetLeft - list.clientWidth / 3;
  }

  /** @param {string} call  a key of `record.calls` */
  function showCall(call) {
    shownCall = call;
    where.replaceChildren(...nameOf(call));
    const phases = record.calls.get(call)?.phases, phasesOfBackward = record.calls.get(BACKWARD)?.phases;
    for (const [phase, { chip, item }] of chips) {
      const first = phases?.get(phase) ?? (phase === BACKWARD ? phasesOfBackward?.get(phase) : undefined);
      const style = first === undefined ? "skipped" : unentered.has(first) ? "unentered" : "ran";
      item.hidden = first === undefined && (OPTIONAL.has(phase) || call === BACKWARD);
      item.className = style;
      chip.dataset.first = String(first ?? "");
      chip.disabled = first === undefined;
      chip.title = `${phase}: ${MEANINGS[style]}`;
    }
  }

  /** @param {string} call */
  function nameOf(call) {
    const { frames, payload } = record;
    const frame = record.calls.get(call)?.frame ?? -1;
    const module = frame >= 0 ? frames.module[frame] : null;
    if (module) return [element("b", "", module), element("span", "", frames.module_class[frame] ?? "")];
    if (call === BACKWARD) return [element("b", "", "loss.backward()"), element("span")];
    return [element("b", "", payload.title), element("span", "", payload.expression)];
  }

  return { load, show };
}
