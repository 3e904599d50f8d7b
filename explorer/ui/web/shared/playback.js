// Playing: a step at a time until the end, with the button that starts and stops it.

const SECONDS_PER_STEP = 1.1; // at 1×: long enough to read a line aloud

export function playback(root, { ended, rewind, advance }) {
  const play = root.querySelector("[data-do=play]"), speed = root.querySelector(".speed select");
  const live = [...root.querySelectorAll("[aria-live]")];
  let timer = 0;

  const delay = () => (1000 * SECONDS_PER_STEP) / Number(speed.value);

  function show(on) {
    root.dataset.playing = on;
    play.setAttribute("aria-pressed", on);
    play.setAttribute("aria-label", on ? "Pause" : "Play");
    play.querySelector(".word").textContent = on ? "Pause" : "Play";
    for (const region of live) region.setAttribute("aria-live", on ? "off" : "polite"); // a step a second is more than anybody can listen to
  }

  function resume() {
    if (ended()) rewind();
    show(true);
    const tick = () => {
      advance();
      if (ended()) pause(); else timer = setTimeout(tick, delay());
    };
    timer = setTimeout(tick, delay());
  }

  function pause() {
    if (!timer) return;
    clearTimeout(timer);
    timer = 0;
    show(false);
  }

  return { pause, toggle: () => (timer ? pause() : resume()) };
}
