// One of two runs in step: its source, why, its values, and a clear sign where it has no step.

import { element, sentence } from "../shared/dom.js";
import { indexRecord, stackAt } from "../shared/record.js";
import { sourcePane } from "../shared/source.js";
import { valuesPane } from "../shared/values.js";
import { narrationAt, stepAtLine } from "../shared/walk.js";

const NAMES = { left: "right", right: "left" }; // a side, and the other one

export function runSide(root, { jumpTo }) {
  const find = (selector) => root.querySelector(selector);
  const name = root.dataset.side;
  const narration = find(".narration"), tag = find(".tag"), path = find(".path");
  let record = null, level = 2, at = 0, said = null, retold = false;
  const source = sourcePane(root, { jumpToLine });
  const values = valuesPane(root);

  function load(payload, label) {
    record = indexRecord(payload);
    said = null;
    source.load(record);
    values.load(record);
    find(".run").replaceChildren(element("code", "", payload.expression), ` on ${payload.title}`, element("b", "", label && `, ${label}`));
  }

  // relation: "same", "differs", "only" where the other side has no step here, "absent" where this one has none. The
  // strip above says it once for both sides; only a side that stands still says so itself.
  function show(walk, k, relation, names, shownLevel) {
    level = shownLevel;
    at = walk.order[k];
    const waits = relation === "absent";
    root.dataset.here = String(!waits);
    tag.textContent = waits ? "no step here" : "";
    source.show(walk, k, { waits });
    if (!waits) values.show(walk, k, relation === "differs" ? names : []);
    const text = waits ? `The ${name} has no step here: only the ${NAMES[name]} runs this one, and the ${name} waits.` : narrationAt(walk, k);
    retold = text !== said;
    if (retold) narration.replaceChildren(element("span", "", ...sentence(text)));
    said = text;
    const modules = stackAt(record, at).map((frame) => record.frames.module[frame]);
    const open = [...new Set(modules.filter((module) => module))];
    path.textContent = ["model", ...open].join(" › ");
  }

  // Scrolling asks for the layout, so it comes when both sides have written what they show.
  function settle() {
    if (retold) narration.scrollTop = 0;
    source.settle();
    values.settle();
  }

  function jumpToLine(code, wanted) {
    const step = stepAtLine(record, code, wanted, level, at);
    if (step >= 0) jumpTo(name, step);
  }

  return { load, show, settle, get record() { return record; } };
}
