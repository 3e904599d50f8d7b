// The source of `__call__`, each statement with what executed it.

import { anchor, closest, element, find, reveal, sentence, treeOf } from "../shared/dom.js";
import { coloured } from "../shared/highlight.js";
import { themeOf } from "../shared/theme.js";
import { oneViewEach } from "../shared/views.js";

/** @import { Line } from "../shared/payload.js" */
/** @import { MapPayload, RegionPayload, StatementPayload } from "./payload.js" */

/** @typedef {"here" | "preset" | "never" | "waiting"} State  of a statement: what executed it */
/** @typedef {{ statement: StatementPayload, state: State, node: HTMLElement }} Row */

/** @type {Record<State, string>} */
const MARKS = { here: "●", preset: "○", never: "✕", waiting: "…" };
const WORDS = {
  here: "executed by this run",
  preset: "by a preset, not by this run",
  never: "by nothing",
  waiting: "not by this run; the presets are still running",
};

export default oneViewEach(".map", createView);

/** @param {HTMLElement} root */
function createView(root) {
  const [code, details, legend, never, presets] = [".code", ".details", ".legend", ".never", ".presets"].map((name) => find(root, name));
  const project = find(root, "[data-do=project]");
  const stop = new AbortController(), { signal } = stop;
  /** @type {MapPayload} */
  let data;
  /** @type {Row[]} */
  let rows = [];
  /** @type {number | undefined} */
  let chosen; // first line of the chosen statement

  code.addEventListener("click", (event) => {
    const row = closest(event, ".statement");
    if (row && !closest(event, "a")) choose(Number(row.dataset.first));
  }, { signal });
  code.addEventListener("keydown", (event) => {
    const at = rows.indexOf(/** @type {Row} */ (chosenRow()));
    /** @type {Record<string, number>} */
    const targets = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 };
    const next = targets[event.key];
    if (event.key === "Enter") rows[at]?.node.querySelector("a")?.click();
    if (next === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    choose(rows[Math.min(Math.max(next, 0), rows.length - 1)].statement.first);
    chosenRow()?.node.scrollIntoView({ block: "nearest" });
  }, { signal });
  project.addEventListener("click", () => {
    if (root.classList.contains("projecting")) document.exitFullscreen();
    else root.requestFullscreen().catch(() => {});
  }, { signal });
  document.addEventListener("fullscreenchange", () => {
    const full = treeOf(root).fullscreenElement === root;
    root.classList.toggle("projecting", full);
    project.setAttribute("aria-pressed", String(full));
    project.textContent = full ? "Leave" : "Project";
    requestAnimationFrame(revealChosen); // the letters are of another size by then, and the lines elsewhere
  }, { signal });
  project.hidden = !document.fullscreenEnabled;

  const chosenRow = () => rows.find(({ statement }) => statement.first === chosen);

  function revealChosen() {
    const row = chosenRow();
    if (row) reveal(code, row.node, { always: true });
  }

  /** @param {MapPayload} next */
  function show(next) {
    root.dataset.theme = themeOf(root);
    data = next;
    const scrolled = code.scrollTop;
    rows = [];
    code.replaceChildren(...data.regions.map(drawRegion));
    code.scrollTop = scrolled;
    listMarks();
    listNever();
    listPresets();
    choose(chosenRow() ? chosen : rows[0]?.statement.first);
    root.dataset.complete = String(data.complete);
  }

  /**
   * Return what executed a statement.
   * @param {StatementPayload} statement
   * @returns {State}
   */
  function stateOf({ step, by }) {
    if (step !== null) return "here";
    if (by.length) return "preset";
    return data.complete ? "never" : "waiting";
  }

  /** @param {RegionPayload} region */
  function drawRegion({ name, first, lines, statements }) {
    const starts = new Map(statements.map((statement) => [statement.first, statement]));
    const body = [];
    for (let at = 0; at < lines.length;) {
      const statement = starts.get(first + at);
      const end = statement ? statement.last - first + 1 : at + 1;
      const texts = lines.slice(at, end).map((line, n) => drawLine(line, first + at + n));
      body.push(statement ? drawStatement(statement, texts) : asRow(element("div", "row", element("span", "mark"), element("div", "texts", ...texts))));
      at = end;
    }
    const title = asRow(element("div", "name", element("div", "", element("h2", "", name))));
    return withRole("rowgroup", element("div", "region", title, ...body));
  }

  /** @type {(statement: StatementPayload, texts: HTMLElement[]) => HTMLElement} */
  function drawStatement(statement, texts) {
    const state = stateOf(statement);
    const mark = element("span", "mark", MARKS[state]);
    mark.setAttribute("aria-label", WORDS[state]);
    mark.title = WORDS[state];
    const node = element("div", "row statement", mark, element("div", "texts", ...texts), drawOpening(statement, state));
    Object.assign(node.dataset, { state, first: statement.first });
    asRow(node);
    node.setAttribute("aria-selected", "false");
    node.id = `statement-${statement.first}`;
    rows.push({ statement, state, node });
    return node;
  }

  /**
   * Draw what a click opens: this run at that statement, or the first preset that executes it.
   * @param {StatementPayload} statement
   * @param {State} state
   */
  function drawOpening({ step, by }, state) {
    if (step !== null) return linkInRow(linkAt(data.run, step), "this run", "This run, at this statement");
    if (by.length) {
      const [number, stepOfPreset] = by[0], { link, title } = data.presets[number];
      return linkInRow(linkAt(link, stepOfPreset), title, "Open this preset at this statement");
    }
    return element("span", "word", state === "never" ? "nothing" : "…");
  }

  /** @param {number | undefined} first  line of a statement */
  function choose(first) {
    const row = rows.find(({ statement }) => statement.first === first);
    for (const each of rows) each.node.setAttribute("aria-selected", String(each === row));
    if (!row) return;
    chosen = first;
    code.setAttribute("aria-activedescendant", row.node.id);
    const { first: from, last: to, step, by, why } = row.statement;
    const lines = from === to ? `Line ${from}` : `Lines ${from} to ${to}`;
    const here = step === null ? "not executed by this run" : "executed by this run";
    const others = data.complete ? `; by ${by.length} of ${data.presets.length} presets` : "";
    details.replaceChildren(
      element("p", "", element("b", "", lines), `: ${here}${others}${by.length ? ":" : "."}`),
      why ? element("p", "why", ...sentence(why)) : "",
      element("ul", "", ...by.map(([number, stepOfPreset]) => {
        const { link, title, sentence: text } = data.presets[number];
        return element("li", "", anchor("", linkAt(link, stepOfPreset), ...sentence(title)), element("span", "", ...sentence(text)));
      })),
    );
    details.scrollTop = 0;
  }

  function listMarks() {
    const states = /** @type {State[]} */ (Object.keys(MARKS));
    legend.replaceChildren(...states.flatMap((state) => {
      const count = rows.filter((row) => row.state === state).length;
      if (!count) return [];
      const word = element("span", "", element("i", "mark", MARKS[state]), ` ${count} ${WORDS[state]}`);
      word.dataset.state = state;
      return [word];
    }));
  }

  function listPresets() {
    presets.replaceChildren(...data.groups.map(([name, members]) => element("section", "", element("h2", "", name),
      element("ul", "", ...members.map((number) => {
        const { title, sentence: text, link } = data.presets[number];
        const count = data.counts[number];
        return element("li", "", anchor("", link, ...sentence(title)), element("span", "", ...sentence(text),
          count === null ? "" : element("small", "", ` ${count} statements`)));
      })))));
  }

  function listNever() {
    const found = rows.flatMap(({ statement: { first, text, why } }) => (why ? [{ first, text, why }] : []));
    never.replaceChildren(found.length ? element("h2", "", "Executed by nothing, and why") : "",
      element("ul", "", ...found.map(({ first, text, why }) => element("li", "", element("code", "", `${first}  ${text}`),
        element("span", "", ...sentence(why))))));
    never.hidden = !found.length;
  }

  return { root, stop, show };
}

/**
 * Return a link to a run that opens it at a step.
 * @param {string} link
 * @param {number} step
 */
function linkAt(link, step) {
  return `${link}${link.includes("?") ? "&" : "?"}step=${step}`;
}

/**
 * Make a link inside the list of statements, which has keys of its own.
 * @param {string} address
 * @param {string} text
 * @param {string} title
 */
function linkInRow(address, text, title) {
  return element("span", "opening", Object.assign(anchor("", address, ...sentence(text)), { tabIndex: -1, title }));
}

/** @type {(line: Line, number: number) => HTMLElement} */
function drawLine([indent, text, spans], number) {
  const words = element("span", "text", ...coloured(text, spans));
  words.style.setProperty("--indent", String(indent));
  return element("div", "line", element("span", "number", String(number)), words);
}

/**
 * Make an element a row of the grid, and each of its children a cell.
 * @param {HTMLElement} row
 */
function asRow(row) {
  for (const cell of row.children) cell.setAttribute("role", "gridcell");
  return withRole("row", row);
}

/** @type {(role: string, made: HTMLElement) => HTMLElement} */
function withRole(role, made) {
  made.setAttribute("role", role);
  return made;
}
