// The values pane: what changed, what came back, and what the frame holds. Shapes first, numbers second.

import { element, svg } from "./dom.js";
import { valuesAt } from "./walk.js";

export function valuesPane(root) {
  const pane = root.querySelector(".values .facts");
  let record = null, drawn = new Map(), scrolled = false; // drawn: what a section says → the section
  pane.addEventListener("scroll", () => { scrolled = pane.scrollTop > 0; }, { passive: true });

  function load(next) {
    record = next;
    drawn = new Map();
    pane.replaceChildren();
  }

  // differing: names whose values another run has otherwise. They come first, and have the sign of it.
  function show(walk, k, differing = []) {
    const sections = sectionsAt(walk, k, differing);
    const next = new Map();
    for (const section of sections) {
      const key = JSON.stringify(section);
      next.set(key, drawn.get(key) ?? draw(section, record.payload.values));
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

  // Title, class and entries of each section, as plain data; a value is its number in the payload.
  function sectionsAt(walk, k, differing) {
    const i = walk.order[k], { payload, steps } = record;
    const sections = [];
    const add = (title, name, entries) => {
      const differs = ([of]) => differing.includes(of);
      const first = entries.filter(differs).map((entry) => [...entry, "differs"]);
      sections.push({ title, name, entries: [...first, ...entries.filter((entry) => !differs(entry))] });
    };
    const returned = payload.returned[i], failed = steps.kind[i] === "exception";
    if (returned !== undefined) add(failed ? "✕ raised" : "returned", failed ? "failed" : "", [["", null, returned]]);
    if (steps.frame[i] < 0) {
      add("given to the call", "", payload.inputs.map(([name, value]) => [inputName(name), null, value]));
    } else {
      const { fresh, held } = valuesAt(walk, k);
      for (const [line, changes] of byLine(fresh)) add(`changed by line ${line}`, "fresh", changes.map(({ name, kind, value }) => [name, kind, value]));
      if (held.length) add(steps.kind[i] === "call" ? "arguments" : "in this frame", "", held.map(({ name, value }) => [name, null, value]));
    }
    if (k === walk.total - 1 && payload.output !== null) add(`${payload.expression} gave`, "", [["", null, payload.output]]);
    return sections.length ? sections : [{ title: "", name: "none", entries: [] }];
  }

  function settle() {
    if (scrolled) pane.scrollTop = 0;
    scrolled = false;
  }

  // In the order in which they came: the changes of each line, which need not be the one that is marked.
  function byLine(changes) {
    const lines = new Map();
    for (const change of [...changes].sort((a, b) => a.at - b.at)) {
      const line = record.steps.line[change.step];
      if (!lines.has(line)) lines.set(line, []);
      lines.get(line).push(change);
    }
    return lines;
  }

  return { load, show, settle };
}

const inputName = (name) => (/^\d+$/.test(name) ? `argument ${Number(name) + 1}` : name);

function draw({ title, name, entries }, values) {
  if (name === "none") return element("p", "none", "Nothing changed.");
  const body = name === "failed" ? element("p", "verdict", values[entries[0][2]].text)
    : element("dl", "", ...entries.map(([of, kind, value, differs]) => entry(of, kind, values[value], differs)));
  return element("section", `part ${name}`.trim(), element("h4", "", title), body);
}

function entry(name, kind, value, differs) {
  const head = element("dt", "", name ? element("code", "", name) : null, kind ? element("em", "", kind) : null);
  const made = element("div", "entry", name || kind ? head : null, describe(value));
  if (!value.tensor && !value.items) made.classList.add("short");
  if (kind) made.dataset.kind = kind;
  if (name) made.dataset.name = name;
  if (differs) made.dataset.differs = "true";
  return made;
}

function describe(value) {
  const { tensor, items } = value;
  if (tensor) return tensorFacts(value, tensor);
  const body = element("dd", "plain", element("span", "text", items ? value.type : value.text));
  if (items) body.append(...items.map(([name, item]) => element("div", "item", element("code", "", name), describe(item))));
  return body;
}

function tensorFacts(value, tensor) {
  const { statistics: s } = tensor;
  const marks = [
    tensor.grad_fn ?? `requires_grad=${tensor.requires_grad ? "True" : "False"}`,
    tensor.version === null ? "inference tensor" : `version ${tensor.version}`,
  ];
  if (tensor.parameter) marks.unshift("parameter");
  const body = element("dd", "tensor",
    element("p", "shape", element("b", "", `[${tensor.shape.join(", ")}]`), element("span", "dtype", tensor.dtype),
      s?.histogram.length ? sparkline(s.histogram) : null),
    element("p", "marks", ...marks.map((mark) => element("span", "", mark))));
  if (s && s.min === null) body.append(element("p", "numbers", "holds nan or inf"));
  else if (s) body.append(element("p", "numbers", ...["min", "mean", "max"].map((name) => element("span", "", `${name} ${s[name]}`)),
    s.sampled === null ? null : element("span", "", `(of ${s.sampled} sampled)`)));
  if (tensor.preview.length) {
    const size = tensor.shape.reduce((product, side) => product * side, 1);
    const last = tensor.preview.length - 1;
    body.append(element("p", "preview", ...tensor.preview.map((number, at) =>
      element("span", "", at === last && size > tensor.preview.length ? `${number} …` : String(number)))));
  }
  return body;
}

function sparkline(counts) {
  const most = Math.max(...counts, 1);
  const bars = counts.map((count, at) => {
    const height = count ? Math.max((count / most) * 19, 1.5) : 0;
    return height ? `M${at * 6} 20v-${height.toFixed(2)}h5v${height.toFixed(2)}z` : "";
  });
  return svg("svg", { class: "sparkline", viewBox: `0 0 ${counts.length * 6} 20`, role: "img", "aria-label": `Histogram: ${counts.join(", ")}` },
    svg("path", { d: bars.join("") }));
}
