// The player in a file of its own: the record is in the page, and the step in its address.

import { announce } from "../shared/controls.js";
import { find } from "../shared/dom.js";
import { createPlayer } from "./player.js";

/** @import { PlayerPayload } from "../shared/payload.js" */

const PREFIX = "#step=";

/** @type {PlayerPayload} */
const payload = JSON.parse(find(document, "#record").textContent ?? "");
const player = createPlayer(find(document, ".player"), {
  signal: new AbortController().signal,
  askForLink: (step, button) => {
    history.replaceState(null, "", `${PREFIX}${step}`);
    announce(button, "In the address bar");
  },
});
const stepInAddress = () => (location.hash.startsWith(PREFIX) ? Number.parseInt(location.hash.slice(PREFIX.length), 10) || 0 : 0);

player.load(payload, stepInAddress());
addEventListener("hashchange", () => player.jumpTo(Math.min(Math.max(stepInAddress(), 0), payload.steps.kind.length - 1)));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => player.refreshTheme());
