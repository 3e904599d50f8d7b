// The player in a file of its own: the record is in the page, and the step in its address.

import { createPlayer } from "./player.js";

const PREFIX = "#step=";

const root = document.querySelector(".player");
const payload = JSON.parse(document.getElementById("record").textContent);
const player = createPlayer(root, {
  signal: new AbortController().signal,
  askForLink: (step, button) => {
    history.replaceState(null, "", `${PREFIX}${step}`);
    button.textContent = "In the address bar";
    setTimeout(() => { button.textContent = "Link to this step"; }, 2500);
  },
});
const asked = () => (location.hash.startsWith(PREFIX) ? Number.parseInt(location.hash.slice(PREFIX.length), 10) || 0 : 0);
player.load(payload, asked());
addEventListener("hashchange", () => player.goToStep(Math.min(Math.max(asked(), 0), payload.steps.kind.length - 1)));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => player.refreshTheme());
