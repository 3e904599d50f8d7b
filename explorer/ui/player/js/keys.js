// The keyboard, for the whole page: nobody has to click the player first, and nothing is taken from a field.

const MOVES = { ArrowRight: "forward", ArrowLeft: "back", Home: "first", End: "last", " ": "play" };

// Fields that use these keys themselves, wherever on the page they are.
const FIELDS = "input:not([type=checkbox]):not([type=radio]):not([type=button]):not([type=submit]):not([type=range]), " +
  "input[type=range], textarea, select, [contenteditable]:not([contenteditable=false]), [role=slider], [role=spinbutton], " +
  "[role=combobox], [role=listbox], [role=textbox], [role=searchbox], [role=grid], [role=tree], [role=menu], [role=dialog]";
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
  document.addEventListener("keydown", (event) => {
    if (players[players.length - 1] === player) press(player, event);
  }, { signal, capture: true });
  signal.addEventListener("abort", () => players.splice(players.indexOf(player), 1));
}

function press(player, event) {
  const move = MOVES[event.key];
  if (!move || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  if (!player.root.isConnected || taken(event, move)) return;
  event.preventDefault();
  event.stopPropagation();
  if (move !== "play" || !event.repeat) player.move(move);
}

function taken(event, move) {
  const path = event.composedPath().filter((item) => item instanceof Element);
  if (path.some((item) => item.matches(FIELDS))) return true;
  const focused = path[0];
  const byKeyboard = Boolean(focused?.matches(":focus-visible"));
  if (move === "play") return path.some((item) => item.matches(PRESSED_BY_SPACE)) && byKeyboard;
  return byKeyboard && path.some((item) => item.matches(ROVING));
}
