// The keyboard, for the whole page: nobody has to click the player first, and nothing is taken from a field.

const MOVES = { ArrowRight: "forward", ArrowLeft: "back", Home: "first", End: "last", " ": "play" };

// Fields that use these keys themselves, wherever on the page they are.
const FIELDS = "input:not([type=checkbox]):not([type=radio]):not([type=button]):not([type=submit]):not([type=range]), " +
  "input[type=range], textarea, select, [contenteditable]:not([contenteditable=false]), [role=slider], [role=spinbutton], " +
  "[role=combobox], [role=listbox], [role=textbox], [role=searchbox], [role=grid], [role=tree], [role=menu], [role=dialog]";
const SLIDERS = "input[type=range], [role=slider]"; // they use arrows, but no letters
// Controls that use the arrows when one goes through the page by keyboard, but not after a click.
const ROVING = "input[type=radio], [role=radio], [role=radiogroup], [role=tab], [role=tablist], [role=option]";
const PRESSED_BY_SPACE = "button, a[href], summary, input, [role=button], [role=switch], [role=checkbox], [role=tab]";

const players = []; // those on the page, the one last used at the end

export function listen(player, signal) {
  players.push(player);
  const use = () => {
    players.splice(players.indexOf(player), 1);
    players.push(player);
  };
  player.root.addEventListener("pointerdown", use, { signal });
  player.root.addEventListener("focusin", use, { signal });

  // Who moved the focus last. `:focus-visible` cannot tell: the first key pressed after a click turns it on.
  const focus = { input: "pointer", by: "pointer", released: null };
  const early = { signal, capture: true };
  addEventListener("pointerdown", () => { Object.assign(focus, { input: "pointer", released: null }); }, early);
  addEventListener("focusin", () => { Object.assign(focus, { by: focus.input, released: null }); }, early);
  // On the window and early, so that a control that was clicked before does not take the key first.
  addEventListener("keydown", (event) => {
    const ours = players[players.length - 1] === player && press(player, event, focus);
    if (ours) return;
    focus.input = "keyboard";
    if (event.key.length === 1) focus.released = null;
  }, early);
  signal.addEventListener("abort", () => players.splice(players.indexOf(player), 1));

  // A choice in a list brought a new run: the list keeps the focus, but what follows is meant for the run.
  return { arrived: () => {
    const active = document.activeElement;
    focus.released = active?.matches("[role=combobox]") ? active : null;
  } };
}

// Whether the key was the player's.
function press(player, event, focus) {
  const move = moveOf(player, event);
  if (!move || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return false;
  if (!player.root.isConnected || taken(event, move, focus)) return false;
  event.preventDefault();
  event.stopPropagation();
  if (move !== "play" || !event.repeat) player.move(move);
  return true;
}

// What a key means to a player: one of the usual moves, or a letter of its own, as { d: "next", D: "previous" }.
function moveOf(player, { key, shiftKey }) {
  if (key.length > 1 || key === " ") return shiftKey ? undefined : MOVES[key];
  return player.letters?.[shiftKey ? key.toUpperCase() : key.toLowerCase()];
}

function taken(event, move, focus) {
  const path = event.composedPath().filter((item) => item instanceof Element);
  const closed = path[0] === focus.released && path[0]?.getAttribute("aria-expanded") !== "true";
  const typed = event.key.length === 1;
  if (closed && !typed) return false; // a space or a letter would be typed into it
  const letter = typed && move !== "play";
  if (path.some((item) => item.matches(FIELDS) && !(letter && item.matches(SLIDERS)))) return true;
  if (focus.by === "pointer" || letter) return false;
  return path.some((item) => item.matches(move === "play" ? PRESSED_BY_SPACE : ROVING));
}
