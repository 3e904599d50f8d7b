// How large the letters of the river are, and how much room it has.

const LEAST_ROOM = 300; // pixels; a narrower pane scrolls
export const AROUND = 8; // pixels of the pane around the river
export const BORDERS = 2; // of the pane, both

/**
 * Return what measures a pane. Its `refresh` asks for the layout: call it when the pane has another size, and not at each
 * step.
 * @param {HTMLElement} root
 * @param {HTMLElement} pane
 */
export function measurer(root, pane) {
  const pen = document.createElement("canvas").getContext("2d");
  const widths = /** @type {Map<string, number>} */ (new Map()); // of texts
  const sizes = { text: 13, room: LEAST_ROOM, most: Infinity };

  function refresh() {
    const style = getComputedStyle(root), text = parseFloat(style.getPropertyValue("--river-text")) || 13;
    if (text !== sizes.text) widths.clear();
    if (pen) pen.font = `600 ${text}px ${style.fontFamily}`;
    const wanted = root.style.getPropertyValue("--river-wanted");
    root.style.setProperty("--river-wanted", "9999px"); // more than it can have
    const room = Math.max(pane.clientWidth - 2 * AROUND, LEAST_ROOM), most = pane.clientHeight - 2 * AROUND;
    root.style.setProperty("--river-wanted", wanted);
    Object.assign(sizes, { text, room, most });
  }

  /** @param {string} text */
  function width(text) {
    const known = widths.get(text) ?? Math.ceil(pen?.measureText(text).width ?? text.length * sizes.text * 0.6);
    widths.set(text, known);
    return known;
  }

  return { refresh, width, sizes };
}
