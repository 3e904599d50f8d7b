// What the tab remembers for as long as it is open: a page that is left and shown again is drawn anew.

const PREFIX = "inside-model-";

/**
 * Remember a value. A browser may refuse to store anything: then nothing is remembered.
 * @param {string} name
 * @param {unknown} value  JSON's own types
 */
export function rememberInTab(name, value) {
  try {
    sessionStorage.setItem(PREFIX + name, JSON.stringify(value));
  } catch { /* nothing to be done */ }
}

/**
 * Return what was remembered under a name; null where nothing was.
 * @param {string} name
 * @returns {unknown}
 */
export function rememberedInTab(name) {
  try {
    return JSON.parse(sessionStorage.getItem(PREFIX + name) ?? "null");
  } catch {
    return null;
  }
}
