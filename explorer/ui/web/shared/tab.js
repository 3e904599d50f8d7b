// What the tab remembers for as long as it is open: a page that is left and shown again is drawn anew.

const PREFIX = "inside-model-";

// A browser may refuse to store anything: then nothing is remembered.
export function keepInTab(name, value) {
  try {
    sessionStorage.setItem(PREFIX + name, JSON.stringify(value));
  } catch { /* nothing to be done */ }
}

export function keptInTab(name) {
  try {
    return JSON.parse(sessionStorage.getItem(PREFIX + name));
  } catch {
    return null;
  }
}
