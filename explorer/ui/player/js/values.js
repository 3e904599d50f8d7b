// The values pane: what changed, what came back, and what the frame holds. Shapes first, numbers second.

import { element, svg } from "./dom.js";
import { valuesAt } from "./walk.js";

export function valuesPane(root) {
  const pane = root.querySelector(".values .facts");
  let record = null, scrolled = false;
  pane.addEventListener("scroll", () => { scrolled = pane.scrollTop > 0; }, { passive: true });

  function load(next) {
    record = next;
  }

  function show(walk, k) {
    const i = walk.order[k], { payload, steps } = record;
    const sections = [];
    const returned = payload.returned[i];
    if (returned !== undefined) {
      sections.push(steps.kind[i] === "exception" ? failure(payload.values[returned])
        : section("returned", [entry("", null, payload.values[returned])]));
    }
    if (steps.frame[i] < 0) {
      sections.push(section("given to the call", payload.inputs.map(([name, value]) => entry(inputName(name), null, payload.values[value]))));
    } else {
      const { fresh, held } = valuesAt(walk, k);
      const title = steps.kind[i] === "call" ? "arguments" : "in this frame";
      for (const [line, changes] of byLine(fresh)) sections.push(section(`changed by line ${line}`, changes.map(changed), "fresh"));
      if (held.length) sections.push(section(title, held.map((change) => entry(change.name, null, payload.values[change.value]))));
    }
    if (k === walk.total - 1 && payload.output !== null) {
      sections.push(section(`${payload.expression} gave`, [entry("", null, payload.values[payload.output])]));
    }
    pane.replaceChildren(...(sections.length ? sections : [element("p", "none", "Nothing changed.")]));
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

  const changed = (change) => entry(change.name, change.kind, record.payload.values[change.value]);

  return { load, show, settle };
}

const inputName = (name) => (/^\d+$/.test(name) ? `argument ${Number(name) + 1}` : name);

function section(title, entries, name = "") {
  return element("section", `part ${name}`.trim(), element("h4", "", title), element("dl", "", ...entries));
}

function failure(value) {
  return element("section", "part failed", element("h4", "", "✕ raised"), element("p", "verdict", value.text));
}

function entry(name, kind, value) {
  const head = element("dt", "", name ? element("code", "", name) : null, kind ? element("em", "", kind) : null);
  const made = element("div", "entry", name || kind ? head : null, describe(value));
  if (!value.tensor && !value.items) made.classList.add("short");
  if (kind) made.dataset.kind = kind;
  if (name) made.dataset.name = name;
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
    tensor.grad_fn ?? `requires_grad=${tensor.grad ? "True" : "False"}`,
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
  const drawing = svg("svg", { class: "sparkline", viewBox: `0 0 ${counts.length * 6} 20`, role: "img", "aria-label": `Histogram: ${counts.join(", ")}` });
  counts.forEach((count, at) => {
    const height = count ? Math.max((count / most) * 19, 1.5) : 0;
    drawing.append(svg("rect", { x: at * 6, y: 20 - height, width: 5, height }));
  });
  return drawing;
}
