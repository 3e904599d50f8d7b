// The source pane: a function's lines, each with what it has done in this call.

import { element, reveal, sentence } from "./dom.js";
import { linesOfFrame } from "./record.js";
import { stateAt } from "./walk.js";

const GLYPHS = { "just ran": "✓", calls: "⤷", entered: "↓", returned: "↩", raised: "✕", next: "▶", waits: "‖" };

export function sourcePane(root, { jumpToLine }) {
  const code = root.querySelector(".source .code");
  const functionName = root.querySelector(".source .function");
  const fileName = root.querySelector(".source .file");
  let record = null, views = [], shown = null, target = null, moved = false;

  code.addEventListener("click", (event) => {
    const row = event.target.closest(".line");
    if (row && shown.rows && !String(root.getRootNode().getSelection?.() ?? "")) jumpToLine(shown.code, Number(row.dataset.line));
  });

  function load(next) {
    record = next;
    views = record.codes.map(() => null);
    shown = target = null;
    code.replaceChildren();
  }

  // waits: another run goes on while this one stays where it is.
  function show(walk, k, { waits = false } = {}) {
    const i = walk.order[k], f = record.steps.frame[i];
    const c = f < 0 ? -1 : record.frames.code[f];
    const view = (views[c] ??= append(f < 0 ? buildLookup() : build(record.codes[c], c)));
    moved = shown !== view;
    if (moved) {
      shown?.body.classList.remove("shown");
      view.body.classList.add("shown");
      shown = view;
      functionName.textContent = f < 0 ? record.payload.expression : record.frames.function[f].replace(".<locals>.", " › ");
      fileName.textContent = f < 0 ? `where is ${record.payload.lookup.attribute}?` : record.codes[c].file;
    }
    target = null;
    if (f < 0) return;
    paint(view, i, f, waits ? { word: "waits", next: -1 } : stateAt(walk, k));
    target = view.rows[record.steps.line[i] - view.first];
  }

  // Scrolling asks for the layout, so it comes after all panes have written what they show.
  function settle() {
    if (target) reveal(shown.body, target, { always: moved });
  }

  // Every function that was shown stays, laid out but hidden: coming back to it costs nothing.
  function append(view) {
    view.body.classList.add("scroll");
    code.append(view.body);
    return view;
  }

  function paint(view, i, f, { word, next }) {
    const { steps } = record;
    const lines = linesOfFrame(record, f);
    for (let at = 0; at < view.rows.length; at++) {
      const line = view.first + at;
      const state = lines.raised(line) <= i ? "raised" : lines.ran(line) <= i ? "ran"
        : lines.ran(line) < lines.END ? "later" : "not";
      if (view.states[at] !== state) {
        view.states[at] = state;
        view.rows[at].dataset.state = state;
      }
    }
    for (const row of view.marked) {
      row.removeAttribute("data-mark");
      row.removeAttribute("aria-current");
      row.firstChild.textContent = "";
    }
    view.marked = [];
    if (next >= 0) mark(view, steps.line[next], steps.end_line[next], "next");
    mark(view, steps.line[i], steps.kind[i] === "call" ? steps.line[i] : steps.end_line[i], word);
  }

  function mark(view, first, last, word) {
    for (let line = first; line <= last; line++) {
      const row = view.rows[line - view.first];
      if (!row) continue;
      if (line === first) {
        row.firstChild.textContent = `${GLYPHS[word]} ${word}`;
        if (word !== "next") row.setAttribute("aria-current", "step");
      }
      row.dataset.mark = word;
      view.marked.push(row);
    }
  }

  function build(source, index) {
    const rows = source.lines.map(([indent, text, marks], at) => {
      const line = source.first + at;
      const row = element("div", "line", element("span", "word"), element("span", "number", String(line)),
        element("span", "text", ...spans(text, marks ?? [])));
      row.style.setProperty("--indent", indent);
      row.dataset.line = line;
      row.dataset.state = "not";
      return row;
    });
    const body = rows.length ? element("div", "lines", ...rows) : element("p", "none", "No source to show: it cannot be read from a file.");
    return { code: index, first: source.first, rows, body, states: rows.map(() => "not"), marked: [] };
  }

  function buildLookup() {
    const { lookup, error } = record.payload;
    const called = lookup.attribute === "__call__";
    const provider = lookup.searched.indexOf(lookup.provider);
    const list = element("ol", "mro", ...lookup.searched.map((name, at) => {
      const [state, glyph, words] = at === provider ? ["found", "✓", `provides ${lookup.attribute}`]
        : provider >= 0 && at > provider ? ["past", "·", "not asked"] : ["", "✕", "does not have it"];
      const cut = name.lastIndexOf(".");
      return element("li", state, element("b", "", glyph),
        element("p", "", element("code", "", name.slice(cut + 1)), element("small", "", ...dotted(cut < 0 ? "built in" : name.slice(0, cut)))),
        element("span", "", words));
    }));
    const nowhere = provider < 0 && (called || !lookup.instance_attribute);
    return { body: element("div", "lookup",
      element("p", "", ...sentence(called ? `Python asks the classes of \`${lookup.type}\` in this order:`
        : `Python looks for \`${lookup.attribute}\` on the object itself, then in its classes:`)), list,
      lookup.instance_attribute ? element("p", "", called
        ? "The object itself has a __call__ too. Python does not look there."
        : `The object itself has a ${lookup.attribute}: it comes first.`) : null,
      nowhere ? element("p", "verdict", `✕ Nowhere: ${lookup.type} ${called ? "objects cannot be called" : `objects have no ${lookup.attribute}`}.`) : null,
      nowhere && error ? element("p", "verdict", `${error.type}: ${error.message}`) : null) };
  }

  return { load, show, settle };
}

// A dotted path, which a line may break after a dot.
function dotted(path) {
  return path.split(/(?<=\.)/).flatMap((part, at) => (at ? [element("wbr"), part] : [part]));
}

function spans(text, marks) {
  const parts = [];
  let at = 0;
  for (const [start, end, kind] of marks) {
    if (start > at) parts.push(text.slice(at, start));
    parts.push(element("span", kind, text.slice(start, end)));
    at = end;
  }
  if (at < text.length) parts.push(text.slice(at));
  return parts;
}
