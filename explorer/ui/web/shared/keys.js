// The keyboard, for the whole page: no click is needed first, and no key is taken from a field.

/** @type {Record<string, string>} */
const MOVES = { ArrowRight: "forward", ArrowLeft: "back", Home: "first", End: "last", " ": "play" };

// Fields that use these keys themselves, wherever on the page they are.
const FIELDS = "input:not([type=checkbox]):not([type=radio]):not([type=button]):not([type=submit]):not([type=range]), " +
  "input[type=range], textarea, select, [contenteditable]:not([contenteditable=false]), [role=slider], [role=spinbutton], " +
  "[role=combobox], [role=listbox], [role=textbox], [role=searchbox], [role=grid], [role=tree], [role=menu], [role=dialog]";
const SLIDERS = "input[type=range], [role=slider]"; // they use arrows, but no letters
// Controls that use the arrows when one goes through the page by keyboard, but not after a click.
const ROVING = "input[type=radio], [role=radio], [role=radiogroup], [role=tab], [role=tablist], [role=option], [data-roving]";
const PRESSED_BY_SPACE = "button, a[href], summary, input, [role=button], [role=switch], [role=checkbox], [role=tab]";

/**
 * What the keys move.
 * @typedef {object} Keyed
 * @property {HTMLElement} root
 * @property {Record<string, string>} letters  the name of a move for each letter, as { d: "next", D: "previous" }
 * @property {(name: string) => void} move
 */

/**
 * How the focus came to where it is. `:focus-visible` cannot tell: the first key pressed after a click turns it on.
 * @typedef {object} Focus
 * @property {"pointer" | "keyboard"} input  what was used last
 * @property {"pointer" | "keyboard"} by  what moved the focus last
 * @property {Element | null} released  a list that keeps the focus, while the keys are meant for the run it chose
 */

/** @type {Keyed[]} */
const players = []; // those on the page, the one last used at the end

/**
 * Let a player take the page's keys, until `signal` aborts.
 * @param {Keyed} player
 * @param {AbortSignal} signal
 */
export function listen(player, signal) {
  players.push(player);
  const use = () => {
    players.splice(players.indexOf(player), 1);
    players.push(player);
  };
  player.root.addEventListener("pointerdown", use, { signal });
  player.root.addEventListener("focusin", use, { signal });

  /** @type {Focus} */
  const focus = { input: "pointer", by: "pointer", released: null };
  const early = { signal, capture: true };
  addEventListener("pointerdown", () => { Object.assign(focus, { input: "pointer", released: null }); }, early);
  addEventListener("focusin", () => { Object.assign(focus, { by: focus.input, released: null }); }, early);
  // On the window and early, so that a control that was clicked before does not take the key first.
  addEventListener("keydown", (event) => {
    const used = players[players.length - 1] === player && press(player, event, focus);
    if (used) return;
    focus.input = "keyboard";
    if (event.key.length === 1) focus.released = null;
  }, early);
  signal.addEventListener("abort", () => players.splice(players.indexOf(player), 1));

  // A choice in a list brought a new run: the list keeps the focus, but what follows is meant for the run.
  return { runArrived: () => {
    const active = document.activeElement;
    focus.released = active?.matches("[role=combobox]") ? active : null;
  } };
}

/**
 * Take the focus from a field that is no part of a player: the reader has gone on to the player.
 * @param {HTMLElement} root
 */
export function leaveField(root) {
  const active = document.activeElement;
  if (active instanceof HTMLElement && !root.contains(active) && active.matches(FIELDS)) active.blur();
}

/**
 * Give a key to the player, and return whether it used it.
 * @param {Keyed} player
 * @param {KeyboardEvent} event
 * @param {Focus} focus
 */
function press(player, event, focus) {
  const move = moveOf(player, event);
  if (!move || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return false;
  if (!player.root.isConnected || isTaken(event, move, focus)) return false;
  event.preventDefault();
  event.stopPropagation();
  if (move !== "play" || !event.repeat) player.move(move);
  return true;
}

/**
 * Return the move that a key stands for: one of the usual ones, or one of the player's letters.
 * @param {Pick<Keyed, "letters">} player
 * @param {Pick<KeyboardEvent, "key" | "shiftKey">} event
 * @returns {string | undefined}
 */
export function moveOf(player, { key, shiftKey }) {
  if (key.length > 1 || key === " ") return shiftKey ? undefined : MOVES[key];
  return player.letters[shiftKey ? key.toUpperCase() : key.toLowerCase()];
}

/**
 * Return whether the control that has the focus uses a key itself.
 * @param {KeyboardEvent} event
 * @param {string} move
 * @param {Focus} focus
 */
function isTaken(event, move, focus) {
  const path = event.composedPath().filter((item) => item instanceof Element);
  const closed = path[0] === focus.released && path[0]?.getAttribute("aria-expanded") !== "true";
  const typed = event.key.length === 1;
  if (closed && !typed) return false; // a space or a letter would be typed into it
  const letter = typed && move !== "play";
  if (path.some((item) => item.matches(FIELDS) && !(letter && item.matches(SLIDERS)))) return true;
  if (focus.by === "pointer" || letter) return false;
  return path.some((item) => item.matches(move === "play" ? PRESSED_BY_SPACE : ROVING));
}
