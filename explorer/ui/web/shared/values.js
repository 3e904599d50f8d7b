// The values pane: what changed, what came back, and the rest of the frame. Shapes first, numbers second.

import { element, find, svg } from "./dom.js";
import { drawPicture } from "./pictures.js";
import { valuesAt } from "./walk.js";

/** @import { TensorPayload, ValuePayload } from "./payload.js" */
/** @import { Change, IndexedRecord } from "./record.js" */
/** @import { Walk } from "./walk.js" */

/**
 * A value with its name: what happened to it, its index in the payload, and "differs" where another run has it otherwise.
 * @typedef {[name: string, kind: string | null, value: number, differs?: "differs"]} Entry
 */

/**
 * A part of the pane, as plain data.
 * @typedef {object} Section
 * @property {string} title
 * @property {"" | "fresh" | "failed" | "none"} style
 * @property {Entry[]} entries
 */

/**
 * Make the pane.
 * @param {ParentNode} root
 */
export function valuesPane(root) {
  const pane = find(root, ".values .facts");
  /** @type {IndexedRecord} */
  let record;
  /** @type {Map<string, HTMLElement>} */
  let drawn = new Map(); // what a section says → the section
  let isScrolled = false;
  pane.addEventListener("scroll", () => { isScrolled = pane.scrollTop > 0; }, { passive: true });

  /** @param {IndexedRecord} next */
  function load(next) {
    record = next;
    drawn = new Map();
    pane.replaceChildren();
  }

  /**
   * Show a position.
   * @param {Walk} walk
   * @param {number} k
   * @param {string[]} [differing]  names whose values another run has otherwise: they come first, with a sign of it
   */
  function show(walk, k, differing = []) {
    /** @type {Map<string, HTMLElement>} */
    const next = new Map();
    for (const section of sectionsAt(walk, k, differing)) {
      const key = JSON.stringify(section);
      next.set(key, drawn.get(key) ?? drawSection(section, record.payload.values));
    }
    // A section that says the same as before stays where it is: most steps change little, and to lay it out is dear.
    for (const [key, section] of drawn) if (!next.has(key)) section.remove();
    let at = pane.firstChild;
    for (const section of next.values()) {
      if (section === at) at = at.nextSibling;
      else pane.insertBefore(section, at);
    }
    drawn = next;
  }

  /** Go back to the top. It asks for the layout, so call it when all panes have written what they show. */
  function scroll() {
    if (isScrolled) pane.scrollTop = 0;
    isScrolled = false;
  }

  return { load, show, scroll };
}

/**
 * Return what the pane says at a position.
 * @param {Walk} walk
 * @param {number} k
 * @param {string[]} differing
 */
export function sectionsAt(walk, k, differing = []) {
  const { payload, steps } = walk.record;
  const i = walk.order[k];
  /** @type {Section[]} */
  const sections = [];
  /** @type {(title: string, style: Section["style"], entries: Entry[]) => void} */
  const add = (title, style, entries) => {
    /** @param {Entry} entry */
    const differs = ([name]) => differing.includes(name);
    /** @type {Entry[]} */
    const first = entries.filter(differs).map(([name, kind, value]) => [name, kind, value, "differs"]);
    sections.push({ title, style, entries: [...first, ...entries.filter((entry) => !differs(entry))] });
  };

  const returned = payload.returned[i], failed = steps.kind[i] === "exception";
  if (returned !== undefined) add(failed ? "✕ raised" : "returned", failed ? "failed" : "", [["", null, returned]]);
  if (steps.frame[i] < 0) {
    add("given to the call", "", payload.inputs.map(([name, value]) => [inputName(name), null, value]));
  } else {
    const { changed, unchanged } = valuesAt(walk, k);
    for (const [line, changes] of byLine(changed, steps.line)) {
      add(`changed by line ${line}`, "fresh", changes.map(({ name, kind, value }) => [name, kind, value]));
    }
    const rest = unchanged.map(({ name, value }) => /** @type {Entry} */ ([name, null, value]));
    if (rest.length) add(steps.kind[i] === "call" ? "arguments" : "in this frame", "", rest);
  }
  if (k === walk.total - 1 && payload.output !== null) add(`${payload.expression} gave`, "", [["", null, payload.output]]);
  return sections.length ? sections : [{ title: "", style: /** @type {const} */ ("none"), entries: [] }];
}

/**
 * Return the changes of each line in the order in which they came; it need not be the line that is marked.
 * @param {Change[]} changes
 * @param {number[]} lineOfStep
 */
function byLine(changes, lineOfStep) {
  /** @type {Map<number, Change[]>} */
  const lines = new Map();
  for (const change of [...changes].sort((a, b) => a.at - b.at)) {
    const line = lineOfStep[change.step];
    lines.set(line, [...(lines.get(line) ?? []), change]);
  }
  return lines;
}

/**
 * Return what an input is called: positional ones have their index for a name.
 * @param {string} name
 */
const inputName = (name) => (/^\d+$/.test(name) ? `argument ${Number(name) + 1}` : name);

/**
 * Draw a section.
 * @param {Section} section
 * @param {ValuePayload[]} values
 */
function drawSection({ title, style, entries }, values) {
  if (style === "none") return element("p", "none", "Nothing changed.");
  const body = style === "failed" ? element("p", "verdict", values[entries[0][2]].text)
    : element("dl", "", ...entries.map(([name, kind, value, differs]) => drawEntry(name, kind, values[value], differs)));
  return element("section", `part ${style}`.trim(), heading(title), body);
}

/**
 * Draw a value with its name.
 * @param {string} name
 * @param {string | null} kind
 * @param {ValuePayload} value
 * @param {"differs"} [differs]
 */
function drawEntry(name, kind, value, differs) {
  const head = element("dt", "", name ? element("code", "", name) : null, kind ? element("em", "", kind) : null);
  const made = element("div", "entry", name || kind ? head : null, drawValue(value, "dd"));
  if (!value.tensor && !value.items) made.classList.add("short");
  if (kind) made.dataset.kind = kind;
  if (name) made.dataset.name = name;
  if (differs) made.dataset.differs = "true";
  return made;
}

/**
 * Draw a value.
 * @param {ValuePayload} value
 * @param {"dd" | "div"} tag  "dd" for what a list's entry holds, "div" for what that holds
 * @returns {HTMLElement}
 */
function drawValue({ type, text, tensor, items }, tag) {
  if (tensor) return drawTensor(tensor, tag);
  const body = element(tag, "plain", element("span", "text", items ? type : text));
  if (items) body.append(...items.map(([name, item]) => element("div", "item", element("code", "", name), drawValue(item, "div"))));
  return body;
}

/**
 * Draw a tensor's facts.
 * @param {TensorPayload} tensor
 * @param {"dd" | "div"} tag
 */
function drawTensor(tensor, tag) {
  const { statistics } = tensor;
  const facts = [
    tensor.grad_fn ?? `requires_grad=${tensor.requires_grad ? "True" : "False"}`,
    tensor.version === null ? "inference tensor" : `version ${tensor.version}`,
  ];
  if (tensor.parameter) facts.unshift("parameter");
  const body = element(tag, "tensor",
    element("p", "shape", element("b", "", `[${tensor.shape.join(", ")}]`), element("span", "dtype", tensor.dtype),
      statistics?.histogram.length ? drawHistogram(statistics.histogram) : null),
    tensor.picture ? drawPicture(tensor.picture, tensor.shape) : null,
    element("p", "marks", ...facts.map((fact) => element("span", "", fact))));
  if (statistics && statistics.min === null) body.append(element("p", "numbers", "holds nan or inf"));
  else if (statistics) {
    const { min, mean, max, sampled } = statistics;
    body.append(element("p", "numbers", ...[`min ${min}`, `mean ${mean}`, `max ${max}`].map((text) => element("span", "", text)),
      sampled === null ? null : element("span", "", `(of ${sampled} sampled)`)));
  }
  if (tensor.preview.length) {
    const size = tensor.shape.reduce((product, side) => product * side, 1);
    const last = tensor.preview.length - 1;
    body.append(element("p", "preview", ...tensor.preview.map((number, at) =>
      element("span", "", at === last && size > tensor.preview.length ? `${number} …` : number))));
  }
  return body;
}

/**
 * Draw a histogram as small as a word.
 * @param {number[]} counts
 */
function drawHistogram(counts) {
  const most = Math.max(...counts, 1);
  const bars = counts.map((count, at) => {
    const height = count ? Math.max((count / most) * 19, 1.5) : 0;
    return height ? `M${at * 6} 20v-${height.toFixed(2)}h5v${height.toFixed(2)}z` : "";
  });
  return svg("svg", { class: "sparkline", viewBox: `0 0 ${counts.length * 6} 20`, role: "img", "aria-label": `Histogram: ${counts.join(", ")}` },
    svg("path", { d: bars.join("") }));
}

/**
 * Return the heading of a part: it stands below the pane's.
 * @param {string} title
 */
function heading(title) {
  const made = element("h4", "", title);
  made.setAttribute("aria-level", "3");
  return made;
}
