// Playing: a step at a time until the end, with the button that starts and stops it.

import { find } from "./dom.js";

const SECONDS_PER_STEP = 1.1; // at 1×: long enough to read a line aloud

/**
 * What playing asks of a player.
 * @typedef {object} Playable
 * @property {() => boolean} atEnd
 * @property {() => void} rewind
 * @property {() => void} advance
 */

/**
 * Wire the play button and the choice of speed.
 * @param {HTMLElement} root
 * @param {Playable} playable
 */
export function playback(root, playable) {
  const play = find(root, "[data-do=play]"), word = find(play, ".word");
  const speed = find(root, ".speed select", HTMLSelectElement);
  const live = [...root.querySelectorAll("[aria-live]")];

  return stepper(playable, {
    delay: () => (1000 * SECONDS_PER_STEP) / Number(speed.value),
    changed: (on) => {
      root.dataset.playing = String(on);
      play.setAttribute("aria-pressed", String(on));
      play.setAttribute("aria-label", on ? "Pause" : "Play");
      word.textContent = on ? "Pause" : "Play";
      // A step a second is more than a screen reader can say.
      for (const region of live) region.setAttribute("aria-live", on ? "off" : "polite");
    },
  });
}

/**
 * Advance again and again, from the start where the end was reached before.
 * @param {Playable} playable
 * @param {{ delay: () => number, changed: (on: boolean) => void }} options  delay: milliseconds until the next step
 */
export function stepper({ atEnd, rewind, advance }, { delay, changed }) {
  /** @type {ReturnType<typeof setTimeout> | null} */
  let timer = null;

  function resume() {
    if (atEnd()) rewind();
    changed(true);
    const tick = () => {
      advance();
      if (atEnd()) pause();
      else timer = setTimeout(tick, delay());
    };
    timer = setTimeout(tick, delay());
  }

  function pause() {
    if (timer === null) return;
    clearTimeout(timer);
    timer = null;
    changed(false);
  }

  return { pause, toggle: () => (timer === null ? resume() : pause()) };
}
