// The keyboard in the river: it is one stop of the tab key, and the arrows go from box to box inside it.

/**
 * Return the control that an arrow key leads to: the next or previous one beside it, into what it contains, or to the
 * box around it; undefined for another key, or where there is none.
 * @param {HTMLElement} stage
 * @param {Element} control
 * @param {string} key
 * @returns {HTMLElement | undefined}
 */
export function neighbour(stage, control, key) {
  const place = control.closest("li");
  if (key === "ArrowUp") return controlOf(place?.parentElement?.closest("li"));
  if (key === "ArrowDown") return place?.querySelector(":scope ol button") ?? undefined;
  const list = place?.parentElement;
  if (!list) return undefined;
  const siblings = [...list.children];
  if (key === "Home") return controlOf(siblings[0]);
  if (key === "End") return controlOf(siblings.at(-1));
  const by = { ArrowLeft: -1, ArrowRight: 1 }[key];
  if (by === undefined) return undefined;
  const beside = controlOf(siblings[siblings.indexOf(place) + by]);
  if (beside || !stage.contains(list)) return beside;
  const all = [...stage.querySelectorAll("button")]; // past the end of a box, on to what comes next
  return all[all.indexOf(/** @type {HTMLButtonElement} */ (control)) + by];
}

/** @param {Element | null | undefined} place */
const controlOf = (place) => /** @type {HTMLElement | undefined} */ (place?.querySelector("button") ?? undefined);

/**
 * Let one control of the river be the stop of the tab key.
 * @param {HTMLElement} stage
 * @param {Element | undefined} chosen
 */
export function makeStop(stage, chosen) {
  for (const each of stage.querySelectorAll("button")) each.tabIndex = each === chosen ? 0 : -1;
}

/**
 * Return what names a control from one drawing of the river to the next.
 * @param {Element} control
 */
export function nameOf(control) {
  const station = control instanceof HTMLElement ? control.dataset.first : undefined;
  const place = control.closest("li[data-key], li[data-run]");
  const { key, run } = place instanceof HTMLElement ? place.dataset : {};
  return station !== undefined ? `station ${station}` : key ?? run ?? "";
}
