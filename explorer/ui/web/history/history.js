// Each change of the address is one entry of the browser's history, so that Back undoes one change.
//
// By itself Streamlit replaces the address where a control is changed, so that Back leaves the app, and makes an entry
// of its own of whatever is then changed because of it. Here the first change that follows a deed of the reader is the
// entry, and the changes after it belong to it, until the script rests or the reader does something else. Going along
// the history is left to Streamlit: it reads the address anew, and what that run changes belongs to the entry shown.

const KEPT = Symbol.for("inside-model-history"); // the window outlives this element, and is changed once
const STATE = "data-test-script-state";
const PRESSES = ["Enter", " "];

if (!window[KEPT]) {
  window[KEPT] = true;
  keep(document.querySelector("script[data-places]").dataset.places.split(" "));
}

// places: parameters that say where in a run the reader stands; a control's change is another run.
function keep(places) {
  const push = history.pushState.bind(history), replace = history.replaceState.bind(history);
  let made = null; // what the history has of the last deed already: its own entry, or one that was there: "restored"

  // A control writes what it says; so does the server in a run that goes along the history.
  history.replaceState = (state, title, url) => {
    if (made === "restored" || !asksOtherwise(url)) return replace(state, title, url);
    made = "entry";
    return push(state, title, without(url, places));
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

// Whether an address is that of the same page with another query.
function asksOtherwise(url) {
  if (!url) return false;
  const to = new URL(url, location.href);
  return to.pathname === location.pathname && to.search !== location.search;
}

function without(url, names) {
  const to = new URL(url, location.href);
  for (const name of names) if (to.searchParams.has(name)) to.searchParams.delete(name);
  return to.href;
}
