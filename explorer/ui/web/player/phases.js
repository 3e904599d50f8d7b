// The phase strip: where in `Module.__call__` the innermost enclosing call is, and which phases it went through.

import { button, element } from "../shared/dom.js";
import { BACKWARD } from "../shared/record.js";

// Left out where a call has no step of theirs: `model.forward(x)` looks up no `__call__`, and few calls raise,
// and `backward()` is optional. Where it ran it is no part of any call, and can be reached from each.
const UNSAID = new Set(["lookup", "exception", BACKWARD]);

// What the three looks of a phase mean, and what a click does.
const LOOKS = {
  ran: "ran; step to its start",
  asked: "asked for, and there was none, so nothing of it ran; step to the question",
  skipped: "not in this call",
};

export function phaseStrip(root, { jumpTo }) {
  const where = root.querySelector(".where");
  const list = root.querySelector(".phases");
  let record = null, chips = new Map(), call = null, asked = new Set();

  list.addEventListener("click", (event) => {
    const step = event.target.closest(".phase")?.dataset.first;
    if (step !== undefined && step !== "") jumpTo(Number(step));
  });

  function load(next) {
    record = next;
    call = undefined;
    asked = new Set(record.payload.unentered_phases);
    chips = new Map(record.payload.phases.map((phase) => {
      const chip = button("phase", "", phase);
      chip.dataset.phase = phase;
      return [phase, chip];
    }));
    list.replaceChildren(...[...chips.values()].map((chip) => element("li", "", chip)));
  }

  function show(walk, k) {
    const i = walk.order[k];
    if (record.call[i] !== call) enter(record.call[i]);
    for (const [phase, chip] of chips) {
      const on = phase === record.phase[i];
      if (on !== (chip.getAttribute("aria-current") === "step")) {
        if (on) enterPhase(chip); else chip.removeAttribute("aria-current");
      }
    }
    root.dataset.phase = record.phase[i] ?? "";
  }

  function enterPhase(chip) {
    chip.setAttribute("aria-current", "step");
    if (list.scrollWidth > list.clientWidth) list.scrollLeft = chip.offsetLeft - list.offsetLeft - list.clientWidth / 3;
  }

  function enter(next) {
    call = next;
    const { frames, payload } = record;
    const entered = record.calls.get(next);
    if (entered.frame >= 0) {
      const name = frames.module[entered.frame];
      where.replaceChildren(element("b", "", name || payload.title), element("span", "", name ? frames.module_class[entered.frame] : payload.expression));
    } else {
      const back = next === BACKWARD;
      where.replaceChildren(element("b", "", back ? "loss.backward()" : payload.title), element("span", "", back ? "" : payload.expression));
    }
    for (const [phase, chip] of chips) {
      const first = entered.phases.get(phase) ?? (phase === BACKWARD ? record.calls.get(BACKWARD)?.phases.get(phase) : undefined);
      chip.parentElement.hidden = first === undefined && (UNSAID.has(phase) || next === BACKWARD);
      if (chip.dataset.first === String(first ?? "")) continue;
      chip.dataset.first = first ?? "";
      chip.disabled = first === undefined;
      const look = first === undefined ? "skipped" : asked.has(first) ? "asked" : "ran";
      chip.parentElement.className = look;
      chip.title = `${phase}: ${LOOKS[look]}`;
    }
  }

  return { load, show };
}
