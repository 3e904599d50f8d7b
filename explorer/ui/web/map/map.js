// The source of `__call__`, each statement with what executed it.

import { element, reveal, sentence } from "../shared/dom.js";
import { oneViewEach } from "../shared/views.js";
import { isDark } from "../shared/theme.js";

const MARKS = { here: "●", preset: "○", never: "✕", waiting: "…" };
const WORDS = {
  here: "executed by this run",
  preset: "by a preset, not by this run",
  never: "by nothing",
  waiting: "not by this run; the presets are still running",
};

export default oneViewEach(".map", createView);

function createView(root) {
  const [code, details, legend, never, presets] = ["code", "details", "legend", "never", "presets"].map((name) => root.querySelector(`.${name}`));
  const project = root.querySelector("[data-do=project]");
  const stop = new AbortController();
  const on = (target, type, listener) => target.addEventListener(type, listener, { signal: stop.signal });
  let data = null, rows = [], chosen = null; // first line of the chosen statement

  on(code, "click", (event) => {
    const row = event.target.closest(".statement");
    if (row && !event.target.closest("a")) choose(Number(row.dataset.first));
  });
  on(code, "keydown", (event) => {
    const at = rows.findIndex((row) => row.place.first === chosen);
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
    if (event.key === "Enter") rows[at]?.node.querySelector("a")?.click();
    if (next === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    choose(rows[Math.min(Math.max(next, 0), rows.length - 1)].place.first);
    rows.find((row) => row.place.first === chosen).node.scrollIntoView({ block: "nearest" });
  });
  on(project, "click", () => (root.classList.contains("projecting") ? leave() : enter()));
  on(document, "fullscreenchange", () => {
    const full = root.getRootNode().fullscreenElement === root;
    root.classList.toggle("projecting", full);
    project.setAttribute("aria-pressed", String(full));
    project.textContent = full ? "Leave" : "Project";
    requestAnimationFrame(bringIntoView); // the letters are of another size by then, and the lines elsewhere
  });
  project.hidden = !document.fullscreenEnabled;

  function bringIntoView() {
    const row = rows.find(({ place }) => place.first === chosen);
    if (row) reveal(code, row.node, { always: true });
  }

  const enter = () => root.requestFullscreen().catch(() => {});
  const leave = () => document.exitFullscreen();

  function show(next) {
    root.dataset.theme = isDark(root) ? "dark" : "light";
    data = next;
    const scrolled = code.scrollTop;
    rows = [];
    code.replaceChildren(...data.regions.map(region));
    code.scrollTop = scrolled;
    tell();
    listNever();
    listPresets();
    choose(rows.some((row) => row.place.first === chosen) ? chosen : rows[0]?.place.first);
    root.dataset.complete = data.complete;
  }

  function stateOf(place) {
    if (place.step !== null) return "here";
    if (place.by.length) return "preset";
    return data.complete ? "never" : "waiting";
  }

  function region({ name, first, lines, places }) {
    const starts = new Map(places.map((place) => [place.first, place]));
    const body = [];
    for (let at = 0; at < lines.length;) {
      const place = starts.get(first + at);
      const end = place ? place.last - first + 1 : at + 1;
      const texts = lines.slice(at, end).map((line, k) => source(line, first + at + k));
      body.push(place ? statement(place, texts) : element("div", "row", element("span", "mark"), element("div", "texts", ...texts)));
      at = end;
    }
    return element("section", "region", element("h3", "", name), ...body);
  }

  function statement(place, texts) {
    const state = stateOf(place);
    const mark = element("span", "mark", MARKS[state]);
    mark.setAttribute("aria-label", WORDS[state]);
    mark.title = WORDS[state];
    const node = element("div", "row statement", mark, element("div", "texts", ...texts), opens(place, state));
    Object.assign(node.dataset, { state, first: place.first });
    node.setAttribute("role", "option");
    node.setAttribute("aria-selected", "false");
    node.id = `statement-${place.first}`;
    rows.push({ place, node });
    return node;
  }

  // What a click opens: this run at that statement, or the first preset that executes it.
  function opens(place, state) {
    if (state === "here") return inRow(at(data.run, place.step), "this run", "This run, at this statement");
    if (state === "preset") {
      const [number, step] = place.by[0];
      return inRow(at(data.presets[number].link, step), data.presets[number].title, "Open this preset at this statement");
    }
    return element("span", "word", state === "never" ? "nothing" : "…");
  }

  function choose(first) {
    const row = rows.find((one) => one.place.first === first);
    for (const one of rows) one.node.setAttribute("aria-selected", String(one === row));
    if (!row) return;
    chosen = first;
    code.setAttribute("aria-activedescendant", row.node.id);
    const { place } = row;
    const lines = place.first === place.last ? `Line ${place.first}` : `Lines ${place.first} to ${place.last}`;
    const here = place.step === null ? "not executed by this run" : "executed by this run";
    const others = data.complete ? `; by ${place.by.length} of ${data.presets.length} presets` : "";
    details.replaceChildren(
      element("p", "said", element("b", "", lines), `: ${here}${others}${place.by.length ? ":" : "."}`),
      place.why ? element("p", "why", ...sentence(place.why)) : "",
      element("ul", "", ...place.by.map(([number, step]) => {
        const preset = data.presets[number];
        return element("li", "", anchor(at(preset.link, step), preset.title), element("span", "", ...sentence(preset.sentence)));
      })),
    );
    details.scrollTop = 0;
  }

  function tell() {
    const states = rows.map(({ place }) => stateOf(place));
    legend.replaceChildren(...Object.keys(MARKS).filter((state) => states.includes(state)).map((state) => {
      const count = states.filter((one) => one === state).length;
      const word = element("span", "", element("i", "mark", MARKS[state]), ` ${count} ${WORDS[state]}`);
      word.dataset.state = state;
      return word;
    }));
  }

  function listPresets() {
    presets.replaceChildren(...data.groups.map(([name, members]) => element("section", "", element("h3", "", name),
      element("ul", "", ...members.map((number) => {
        const { title, sentence: said, link } = data.presets[number];
        const count = data.counts[number];
        return element("li", "", anchor(link, title), element("span", "", ...sentence(said),
          count === null ? "" : element("small", "", ` ${count} statements`)));
      })))));
  }

  function listNever() {
    const found = rows.filter(({ place }) => place.why);
    never.replaceChildren(found.length ? element("h3", "", "Executed by nothing, and why") : "",
      element("ul", "", ...found.map(({ place }) => element("li", "", element("code", "", `${place.first}  ${place.text}`),
        element("span", "", ...sentence(place.why))))));
    never.hidden = !found.length;
  }

  return { root, stop, show, run: 0 };
}

function at(link, step) {
  return `${link}${link.includes("?") ? "&" : "?"}step=${step}`;
}

function anchor(href, text) {
  const made = element("a", "", ...sentence(text));
  made.href = href;
  return made;
}

// A link inside the list of statements, which has keys of its own.
function inRow(href, text, title) {
  return Object.assign(anchor(href, text), { tabIndex: -1, title });
}

function source([indent, text, marks], number) {
  const words = element("span", "text", ...spans(text, marks));
  words.style.setProperty("--indent", indent);
  return element("div", "line", element("span", "number", String(number)), words);
}

function spans(text, marks) {
  const parts = [];
  let at = 0;
  for (const [start, end, kind] of marks) {
    if (start > at) parts.push(text.slice(at, start));
    parts.push(element("span", kind, text.slice(start, end)));
    at = end;
  }
  return at < text.length ? [...parts, text.slice(at)] : parts;
}
