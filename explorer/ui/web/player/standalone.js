// The player in a file of its own: the record is in the page, and the step in its address.

import { announce } from "../shared/controls.js";
import { find } from "../shared/dom.js";
import { createPlayer } from "./player.js";

/** @import { PlayerPayload } from "../shared/payload.js" */

/** @type {PlayerPayload} */
const payload = JSON.parse(find(document, "#record").textContent ?? "");
const player = createPlayer(find(document, ".player"), {
  signal: new AbortController().signal,
  askForLink: (step, level, button) => {
    history.replaceState(null, "", `#step=${step}&detail=${level}`);
    announce(button, "In the address bar");
  },
});

/** Return the step and the detail level that the address names. */
function placeInAddress() {
  const named = new URLSearchParams(location.hash.slice(1));
  const step = Number.parseInt(named.get("step") ?? "", 10) || 0, detail = Number.parseInt(named.get("detail") ?? "", 10);
  return {
    step: Math.min(Math.max(step, 0), payload.steps.kind.length - 1),
    level: detail >= 1 && detail <= 3 ? detail : undefined,
  };
}

const { step, level } = placeInAddress();
player.load(payload, { position: step, level });
addEventListener("hashchange", () => {
  const asked = placeInAddress();
  player.jumpTo(asked.step, asked.level);
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => player.refreshTheme());
