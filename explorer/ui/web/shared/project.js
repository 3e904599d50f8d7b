// Projecting: the player alone, as large as the screen. Fullscreen where the browser allows it, else above the page.

export function projector(root, { changed, signal }) {
  const inFullscreen = () => root.getRootNode().fullscreenElement === root;

  function set(on) {
    root.classList.toggle("projecting", on);
    if (on && !inFullscreen()) lift();
    if (!on) drop();
    changed(on);
  }

  async function toggle() {
    if (root.classList.contains("projecting")) {
      if (inFullscreen()) await document.exitFullscreen();
      return set(false);
    }
    try {
      await root.requestFullscreen();
    } catch {
      // An embedded page may not be allowed to: then it fills the window.
    }
    return set(true);
  }

  // The top layer is above everything, whatever the page stacks or transforms around the player.
  function lift() {
    if (!root.showPopover) return;
    root.popover = "manual";
    root.showPopover();
  }

  function drop() {
    if (root.popover) root.hidePopover();
    root.removeAttribute("popover");
  }

  document.addEventListener("fullscreenchange", () => {
    if (root.classList.contains("projecting") && !root.popover && !inFullscreen()) set(false);
  }, { signal });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && root.classList.contains("projecting") && root.popover) set(false);
  }, { signal });

  return { toggle };
}
