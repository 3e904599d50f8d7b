// Collects, as `window.steps`, the milliseconds from each key press to the page laid out anew. The player's own listener
// stands on the window as well and was there first, so it has moved when this one is called.
(player) => {
  window.steps = [];
  addEventListener("keydown", (event) => {
    player.getBoundingClientRect(); // has the browser compute style and layout, as it would for the next frame
    window.steps.push(performance.now() - event.timeStamp);
  }, { capture: true });
}
