// Projecting: the player alone, as large as the screen. Fullscreen where the browser allows it, else above the page.

import { find, treeOf } from "./dom.js";

/**
 * Let a player be projected, by its button and by Escape.
 * @param {HTMLElement} root
 * @param {{ changed: () => void, signal: AbortSignal }} options  changed: called when the player has another size
 */
export function projector(root, { changed, signal }) {
  const button = find(root, "[data-do=project]");
  const isProjecting = () => root.classList.contains("projecting");
  const inFullscreen = () => treeOf(root).fullscreenElement === root;

  /** @param {boolean} on */
  function set(on) {
    root.classList.toggle("projecting", on);
    if (on && !inFullscreen()) raise();
    if (!on) lower();
    button.setAttribute("aria-pressed", String(on));
    button.textContent = on ? "Leave" : "Project";
    changed();
  }

  async function toggle() {
    if (isProjecting()) {
      if (inFullscreen()) await document.exitFullscreen();
      set(false);
      return;
    }
    try {
      await root.requestFullscreen();
    } catch {
      // An embedded page may not be allowed to: then it fills the window.
    }
    set(true);
  }

  // The top layer is above everything, whatever the page stacks or transforms around the player.
  function raise() {
    if (!("showPopover" in root)) return;
    root.popover = "manual";
    root.showPopover();
  }

  function lower() {
    if (root.popover) root.hidePopover();
    root.removeAttribute("popover");
  }

  document.addEventListener("fullscreenchange", () => {
    if (isProjecting() && !root.popover && !inFullscreen()) set(false);
  }, { signal });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && isProjecting() && root.popover) set(false);
  }, { signal });

  return { toggle };
}
