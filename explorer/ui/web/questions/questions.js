// What was believed; a click shows what was measured. One may guess first.

import { element, sentence } from "../shared/dom.js";
import { keepInTab, keptInTab } from "../shared/tab.js";
import { oneViewEach } from "../shared/views.js";
import { isDark } from "../shared/theme.js";

const OPEN = "questions-open", SCROLLED = "questions-scrolled"; // names of what the tab remembers

export default oneViewEach(".questions", createView);

function createView(root) {
  const groups = root.querySelector(".groups");
  const all = root.querySelector("[data-do=all]");
  const stop = new AbortController();
  const open = new Set(keptInTab(OPEN)); // numbers of the questions that the reader has opened
  const scroller = root.getRootNode().host?.closest("[data-testid=stMain]");
  let shown = false;

  scroller?.addEventListener("scroll", () => {
    if (shown && root.isConnected) keepInTab(SCROLLED, scroller.scrollTop);
  }, { signal: stop.signal, passive: true });

  all.addEventListener("click", () => {
    const opening = all.getAttribute("aria-pressed") !== "true";
    for (const each of groups.querySelectorAll("details")) each.open = opening;
    tell(opening);
  }, { signal: stop.signal });

  function tell(opened) {
    all.setAttribute("aria-pressed", String(opened));
    all.textContent = opened ? "Hide all answers" : "Show all answers";
  }

  function show(data) {
    root.dataset.theme = isDark(root) ? "dark" : "light";
    const questions = data.groups.flatMap((group) => group.questions);
    root.dataset.complete = String(questions.every((question) => question.measured !== null));
    groups.replaceChildren(...data.groups.map(({ name, questions: members }) =>
      element("section", "group", element("h3", "", ...sentence(name)), ...members.map(row))));
    if (!shown) requestAnimationFrame(comeBack);
  }

  // To where the reader was when the tab last showed the list: following a link and coming back loses nothing.
  function comeBack() {
    if (scroller) scroller.scrollTop = keptInTab(SCROLLED) ?? 0;
    shown = true;
  }

  function row(question) {
    const [[label, address], ...others] = question.links;
    const answer = element("div", "answer", said("Measured", question.measured ?? "not yet: its run is still to come."));
    if (question.shows) answer.append(said("So", question.shows));
    else if (question.measured) answer.append(said("Not as expected", "what was measured does not stand against the belief."));
    answer.append(element("p", "source",
      ...others.flatMap(([name, to]) => [anchor(to, name), " · "]), question.source));
    const details = element("details", "", element("summary", "",
      element("b", "number", `Q${question.number}`), element("span", "", ...sentence(question.believed))), answer);
    details.open = open.has(question.number);
    details.addEventListener("toggle", () => {
      if (details.open) open.add(question.number);
      else open.delete(question.number);
      keepInTab(OPEN, [...open]);
    });
    const made = element("article", "question", details, anchor(address, label, "primary"));
    made.id = `Q${question.number}`;
    return made;
  }

  return { root, stop, show, run: 0 };
}

function said(word, text) {
  return element("p", "", element("b", "", `${word}: `), ...sentence(text));
}

function anchor(address, text, name = "") {
  const made = element("a", name, text);
  made.href = address;
  return made;
}
