// What was believed; a click shows what was measured.

import { anchor, element, find, hostOf, sentence } from "../shared/dom.js";
import { rememberedInTab, rememberInTab } from "../shared/tab_memory.js";
import { themeOf } from "../shared/theme.js";
import { oneViewEach } from "../shared/views.js";

/** @import { QuestionPayload, QuestionsPayload } from "./payload.js" */

const OPEN = "questions-open", SCROLLED = "questions-scrolled"; // names of what the tab remembers

export default oneViewEach(".questions", createView);

/** @param {HTMLElement} root */
function createView(root) {
  const groups = find(root, ".groups"), all = find(root, "[data-do=all]");
  const stop = new AbortController();
  const remembered = rememberedInTab(OPEN);
  const open = new Set(Array.isArray(remembered) ? remembered : []); // numbers of the questions that the reader opened
  const scroller = hostOf(root).closest("[data-testid=stMain]");
  let isShown = false;

  scroller?.addEventListener("scroll", () => {
    if (isShown && root.isConnected) rememberInTab(SCROLLED, scroller.scrollTop);
  }, { signal: stop.signal, passive: true });

  all.addEventListener("click", () => {
    const opening = all.getAttribute("aria-pressed") !== "true";
    for (const each of groups.querySelectorAll("details")) each.open = opening;
    all.setAttribute("aria-pressed", String(opening));
    all.textContent = opening ? "Hide all answers" : "Show all answers";
  }, { signal: stop.signal });

  /** @param {QuestionsPayload} data */
  function show(data) {
    root.dataset.theme = themeOf(root);
    const questions = data.groups.flatMap((group) => group.questions);
    root.dataset.complete = String(questions.every((question) => question.measured !== null));
    groups.replaceChildren(...data.groups.map(({ name, questions: members }) =>
      element("section", "group", element("h2", "", ...sentence(name)), ...members.map(drawQuestion))));
    if (!isShown) requestAnimationFrame(scrollBack);
  }

  // To where the reader was when the tab last showed the list: following a link and coming back loses nothing.
  function scrollBack() {
    const scrolled = rememberedInTab(SCROLLED);
    if (scroller) scroller.scrollTop = typeof scrolled === "number" ? scrolled : 0;
    isShown = true;
  }

  /** @param {QuestionPayload} question */
  function drawQuestion({ number, believed, measured, shows, links, found_in: foundIn }) {
    const [[label, address], ...others] = links;
    const answer = element("div", "answer", drawLine("Measured", measured ?? "not yet: its run is still to come."));
    if (shows) answer.append(drawLine("So", shows));
    else if (measured) answer.append(drawLine("Not as expected", "what was measured does not stand against the belief."));
    answer.append(element("p", "found-in", ...others.flatMap(([name, to]) => [anchor("", to, name), " · "]), foundIn));
    const details = element("details", "", element("summary", "",
      element("b", "number", `Q${number}`), element("span", "", ...sentence(believed))), answer);
    details.open = open.has(number);
    details.addEventListener("toggle", () => {
      if (details.open) open.add(number);
      else open.delete(number);
      rememberInTab(OPEN, [...open]);
    });
    const made = element("article", "question", details, anchor("primary", address, label));
    made.id = `Q${number}`;
    return made;
  }

  return { root, stop, show };
}

/**
 * Draw a line of an answer.
 * @param {string} word  that stands before it
 * @param {string} text
 */
function drawLine(word, text) {
  return element("p", "", element("b", "", `${word}: `), ...sentence(text));
}
