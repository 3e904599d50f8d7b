// The Streamlit face. A component's function runs again at every change of data or theme, and its clean-up only when
// the element leaves the page; so each element has one player, whatever the number of runs.

import { keepInTab, keptInTab } from "./tab.js";

const BELOW = 10; // pixels of air under the player

// create: (root, { signal, askForLink, stands }) → a player, which tells `stands` its step and level after each move.
// unpack: (bytes after the head, head) → what it loads.
export function mountable(create, unpack) {
  const mounted = new WeakMap();
  return (component) => {
    const { parentElement } = component;
    const root = parentElement.querySelector(".player");
    let mount = mounted.get(parentElement);
    if (!mount || mount.player.root !== root) {
      mount?.controller.abort();
      mount = { controller: new AbortController(), run: 0, fingerprint: null, component };
      mount.player = create(root, {
        signal: mount.controller.signal,
        askForLink: (step, button) => askForLink(mount, step, button),
        stands: (...place) => keepInTab(placeOf(mount), place),
      });
      mounted.set(parentElement, mount);
      keepInView(root, mount.controller.signal);
    }
    mount.component = component;
    const run = ++mount.run;
    receive(mount, component.data, unpack);
    return () => {
      if (mount.run !== run) return; // an older run's clean-up, called after a newer run began
      mount.controller.abort();
      mounted.delete(parentElement);
    };
  };
}

export async function unzipped(bytes) {
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).json();
}

// The player is as high as what stands above it leaves of the window, whatever that is in this run.
function keepInView(root, signal) {
  const host = root.getRootNode().host ?? root;
  const scroller = host.closest("[data-testid=stMain]") ?? document.scrollingElement;
  const measured = new ResizeObserver(() => {
    if (root.classList.contains("projecting")) return;
    const above = Math.round(host.getBoundingClientRect().top + scroller.scrollTop);
    root.style.setProperty("--above-player", `${above + BELOW}px`);
  });
  measured.observe(host.closest("[data-testid=stVerticalBlock]") ?? host);
  signal.addEventListener("abort", () => measured.disconnect());
}

// The data is one line of JSON, then what is compressed.
async function receive(mount, data, unpack) {
  const bytes = new Uint8Array(data);
  const end = bytes.indexOf(10);
  const head = JSON.parse(new TextDecoder().decode(bytes.subarray(0, end)));
  mount.linkParameter = head.linkParameter;
  const jumped = head.jumps !== mount.jumps;
  mount.jumps = head.jumps;
  if (head.fingerprint === mount.fingerprint) return jumped ? mount.player.goToStep(head.step) : mount.player.refreshTheme();
  mount.fingerprint = head.fingerprint;
  const payload = await unpack(bytes.subarray(end + 1), head);
  if (mount.fingerprint !== head.fingerprint || mount.controller.signal.aborted) return undefined; // overtaken
  if (head.step !== null) return mount.player.load(payload, head.step); // a link's place comes first
  return mount.player.load(payload, ...(keptInTab(placeOf(mount)) ?? [0]));
}

// Under which name the tab remembers where the reader stood in this run.
const placeOf = ({ fingerprint }) => `place-${fingerprint.slice(0, 16)}`;

function askForLink(mount, step, button) {
  mount.component.setTriggerValue("step", step);
  const address = new URL(document.location.href);
  address.searchParams.set(mount.linkParameter, step);
  announce(button, navigator.clipboard?.writeText(address.href));
}

function announce(button, copied) {
  const label = (button.dataset.label ??= button.textContent); // a second press finds the answer to the first
  const say = (text) => {
    button.textContent = text;
    setTimeout(() => { button.textContent = label; }, 2500);
  };
  Promise.resolve(copied ?? Promise.reject(new Error("no clipboard"))).then(() => say("Link copied"), () => say("In the address bar"));
}
