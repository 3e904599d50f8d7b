// Each change of the address is one entry of the browser's history, so that Back undoes one change.
//
// By itself Streamlit replaces the address where a control is changed, so that Back leaves the app, and makes an entry
// of its own of whatever is then changed because of it. Here the first change after the reader did something is the
// entry, and the changes after it belong to it, until the script rests or the reader does something else. Going along
// the history is left to Streamlit: it reads the address anew, and what that run changes belongs to the entry shown.
//
// Streamlit drops a script in which a `<` stands before a letter: it could be markup. So there is none here.

const INSTALLED = Symbol.for("inside-model-history"); // the window outlives this element, and is changed once
const STATE = "data-test-script-state";
const PRESSES = ["Enter", " "];

const flags = /** @type {{ [name: symbol]: boolean }} */ (/** @type {unknown} */ (window));
if (!flags[INSTALLED]) {
  flags[INSTALLED] = true;
  const script = document.querySelector("script[data-positions]");
  install((script?.getAttribute("data-positions") ?? "").split(" "));
}

/**
 * Make entries of the reader's changes from now on.
 * @param {string[]} positions  parameters that say where in a run the reader stands; a control's change is another run
 */
function install(positions) {
  const push = history.pushState.bind(history), replace = history.replaceState.bind(history);
  /** @type {"entry" | "restored" | null} */
  let made = null; // what the history has of what the reader did last: its own entry, or one that was there

  // A control writes what it says; so does the server in a run that goes along the history.
  history.replaceState = (state, title, url) => {
    if (!url || made === "restored" || !asksOtherwise(url)) return replace(state, title, url);
    made = "entry";
    return push(state, title, without(url, positions));
  };

  // The server changes the address, or another page is shown.
  history.pushState = (state, title, url) => {
    if (made) return replace(state, title, url);
    made = "entry";
    return push(state, title, url);
  };

  const early = { capture: true }; // before what Streamlit makes of it
  addEventListener("popstate", () => { made = "restored"; }, early);
  addEventListener("pointerdown", () => { made = null; }, early);
  addEventListener("keydown", ({ key }) => { if (PRESSES.includes(key)) made = null; }, early);
  new MutationObserver(() => {
    if (document.querySelector(`[${STATE}]`)?.getAttribute(STATE) === "notRunning") made = null;
  }).observe(document.documentElement, { subtree: true, attributeFilter: [STATE] });
}

/**
 * Return whether an address is that of the same page with another query.
 * @param {string | URL} url
 */
function asksOtherwise(url) {
  const to = new URL(url, location.href);
  return to.pathname === location.pathname && to.search !== location.search;
}

/**
 * Return an address without some of its parameters.
 * @param {string | URL} url
 * @param {string[]} names
 */
function without(url, names) {
  const to = new URL(url, location.href);
  for (const name of names) if (to.searchParams.has(name)) to.searchParams.delete(name);
  return to.href;
}
