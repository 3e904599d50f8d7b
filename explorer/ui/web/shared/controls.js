// What one player and two in step have in common: their buttons, keys, playback and projecting, their detail levels,
// and the position that they show.

import { closest, find } from "./dom.js";
import { leaveField, listen } from "./keys.js";
import { playback } from "./playback.js";
import { projector } from "./projecting.js";
import { themeOf } from "./theme.js";

/** @import { Playable } from "./playback.js" */

export const USUAL_LEVEL = 2; // the call path; a link leaves it out

/**
 * What the page gives to a player.
 * @typedef {object} Page
 * @property {AbortSignal} signal  aborted when the player leaves the page
 * @property {(position: number, level: number, button: HTMLElement) => void} askForLink
 * @property {(position: number, level: number) => void} [onMoved]  called after each move
 */

/**
 * What a player does for its controls.
 * @typedef {object} Controlled
 * @property {Record<string, string>} letters  the name of a move for each letter that is a key of its own
 * @property {() => boolean} isLoaded
 * @property {(name: string) => void} move
 * @property {(level: number) => void} changeLevel
 * @property {(button: HTMLElement) => void} askForLink
 * @property {() => void} fit  called when the player has another size
 * @property {Record<string, () => void>} [buttons]  what its further buttons do
 */

/**
 * Wire the controls of a player, until `signal` aborts.
 * @param {HTMLElement} root
 * @param {Controlled & Playable} player
 * @param {AbortSignal} signal
 */
export function wireControls(root, player, signal) {
  const { pause, toggle } = playback(root, player);
  const projection = projector(root, { signal, changed: player.fit });
  const position = find(root, ".position"), count = find(root, ".count");

  /** @param {string} name */
  function move(name) {
    if (!player.isLoaded()) return;
    if (name === "play") {
      toggle();
    } else {
      pause();
      player.move(name);
    }
  }

  root.addEventListener("click", (event) => {
    const pressed = closest(event, "button");
    if (!(pressed instanceof HTMLElement) || !player.isLoaded()) return;
    const { level, do: name } = pressed.dataset;
    if (level) player.changeLevel(Number(level));
    else if (name === "link") player.askForLink(pressed);
    else if (name === "project") projection.toggle();
    else if (name) (player.buttons?.[name] ?? (() => move(name)))();
  }, { signal });
  // A click leaves the focus where it was, so that space plays right after it; but for a field outside, in which no
  // more is typed, and which would keep the keys.
  root.addEventListener("mousedown", (event) => {
    if (!closest(event, "button")) return;
    event.preventDefault();
    leaveField(root);
  }, { signal });
  const resized = new ResizeObserver(() => player.isLoaded() && player.fit());
  resized.observe(root);
  signal.addEventListener("abort", () => { resized.disconnect(); pause(); });
  const keys = listen({ root, letters: player.letters, move }, signal);

  /** Stop playing: another run is on its way. */
  function beginLoading() {
    pause();
    root.dataset.ready = "false";
    root.dataset.theme = themeOf(root);
  }

  /** Say that the run is shown. */
  function endLoading() {
    root.dataset.ready = "true";
    keys.runArrived();
  }

  /**
   * Show which detail level is chosen, and how many positions it has.
   * @param {number} level
   * @param {number} total
   */
  function showLevel(level, total) {
    count.textContent = String(total);
    root.dataset.level = String(level);
    for (const choice of root.querySelectorAll("button[data-level]")) {
      choice.setAttribute("aria-pressed", String(choice.getAttribute("data-level") === String(level)));
    }
  }

  /**
   * Show a position, and which buttons lead on from it.
   * @param {number} k
   * @param {number} total
   * @param {Record<string, boolean>} [disabled]  further buttons, and whether they lead nowhere
   */
  function showPosition(k, total, disabled = {}) {
    position.textContent = String(k + 1);
    const atStart = k === 0, atEnd = k === total - 1;
    const all = { first: atStart, back: atStart, forward: atEnd, last: atEnd, play: total === 1, ...disabled };
    for (const [name, is] of Object.entries(all)) find(root, `[data-do=${name}]`, HTMLButtonElement).disabled = is;
  }

  return { move, pause, beginLoading, endLoading, showLevel, showPosition };
}

/**
 * Let a button say something for a moment.
 * @param {HTMLElement} button
 * @param {string} text
 */
export function announce(button, text) {
  const label = (button.dataset.label ??= button.textContent ?? ""); // a second press finds the answer to the first
  button.textContent = text;
  setTimeout(() => { button.textContent = label; }, 2500);
}
