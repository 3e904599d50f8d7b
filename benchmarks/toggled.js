// Promises, as `window.toggled`, the milliseconds from the next click to the changed page: the player has loaded
// the new run, the page's script has ended, and the browser has painted it.
(player) => {
  const app = document.querySelector("[data-testid=stApp]");
  window.toggled = new Promise((resolve, reject) => {
    let start = 0, loaded = false;
    const done = () => {
      if (!loaded || app.dataset.testScriptState !== "notRunning") return;
      watch.disconnect();
      requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - start)));
    };
    const watch = new MutationObserver((changes) => {
      loaded ||= changes.some(({ target }) => target === player) && player.dataset.ready === "true";
      done();
    });
    addEventListener("click", (event) => {
      start = event.timeStamp;
      watch.observe(player, { attributeFilter: ["data-ready"] });
      watch.observe(app, { attributeFilter: ["data-test-script-state"] });
    }, { capture: true, once: true });
    setTimeout(() => {
      const state = { clicked: start > 0, loaded, connected: player.isConnected, script: app.dataset.testScriptState };
      reject(new Error(`The page did not change within 20 seconds: ${JSON.stringify(state)}`));
    }, 20_000);
  });
}
