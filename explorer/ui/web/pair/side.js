// One of two runs in step: its source, why, its values, and a clear sign where it has no step.

import { element, find, sentence } from "../shared/dom.js";
import { indexRecord, stackAt } from "../shared/record.js";
import { sourcePane } from "../shared/source.js";
import { valuesPane } from "../shared/values.js";
import { narrationAt, stepAtLine } from "../shared/walk.js";

/** @import { PlayerPayload } from "../shared/payload.js" */
/** @import { IndexedRecord } from "../shared/record.js" */
/** @import { Walk } from "../shared/walk.js" */

/**
 * How a side stands to the other one at a row: "only" it has a step there, or it is "absent".
 * @typedef {"same" | "differs" | "only" | "absent"} Relation
 */

/**
 * Make a side.
 * @param {HTMLElement} root
 * @param {"left" | "right"} name
 * @param {{ jumpToStep: (step: number) => void }} leads
 */
export function runSide(root, name, { jumpToStep }) {
  const other = name === "left" ? "right" : "left";
  const narration = find(root, ".narration"), tag = find(root, ".tag"), path = find(root, ".path"), run = find(root, ".run");
  /** @type {IndexedRecord} */
  let record;
  let level = 2, step = 0, isNewText = false;
  /** @type {string | null} */
  let narrated = null;
  const source = sourcePane(root, { jumpToLine });
  const values = valuesPane(root);

  /**
   * Show a run.
   * @param {PlayerPayload} payload
   * @param {string} label  the settings that the other run has otherwise
   */
  function load(payload, label) {
    record = indexRecord(payload);
    narrated = null;
    source.load(record);
    values.load(record);
    run.replaceChildren(element("code", "", payload.expression), ` on ${payload.title}`, element("b", "", label && `, ${label}`));
    return record;
  }

  /**
   * Show a position. The strip above shows the relation of the sides; a side that waits shows it too.
   * @param {Walk} walk
   * @param {number} k
   * @param {Relation} relation
   * @param {string[]} names  variables whose values differ
   * @param {number} shownLevel
   */
  function show(walk, k, relation, names, shownLevel) {
    level = shownLevel;
    step = walk.order[k];
    const waits = relation === "absent";
    root.dataset.here = String(!waits);
    tag.textContent = waits ? "no step here" : "";
    source.show(walk, k, { waits });
    if (!waits) values.show(walk, k, relation === "differs" ? names : []);
    const text = waits ? `The ${name} has no step here: only the ${other} runs this one, and the ${name} waits.` : narrationAt(walk, k);
    isNewText = text !== narrated;
    if (isNewText) narration.replaceChildren(element("span", "", ...sentence(text)));
    narrated = text;
    const modules = stackAt(record, step).map((frame) => record.frames.module[frame]);
    path.textContent = ["model", ...new Set(modules.filter((module) => module))].join(" › ");
  }

  /** Bring what is shown into view. It asks for the layout, so call it when both sides have written what they show. */
  function scroll() {
    if (isNewText) narration.scrollTop = 0;
    source.scroll();
    values.scroll();
  }

  /** @type {(code: number, line: number) => void} */
  function jumpToLine(code, line) {
    const wanted = stepAtLine(record, code, line, level, step);
    if (wanted >= 0) jumpToStep(wanted);
  }

  return { load, show, scroll };
}
