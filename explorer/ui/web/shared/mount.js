// A player on a Streamlit page. A component's function runs again at every change of data or theme, and its clean-up
// only when the element leaves the page; so each element has one player, whatever the number of runs.

import { announce, USUAL_LEVEL } from "./controls.js";
import { find, hostOf } from "./dom.js";
import { rememberInTab, rememberedInTab } from "./tab_memory.js";

/** @import { Page } from "./controls.js" */
/** @import { Opening } from "./correspond.js" */

const BELOW = 10; // pixels of air under the player
const DETAIL = "detail"; // the address's parameter for the detail level

/**
 * What Streamlit hands to a component.
 * @typedef {object} Component
 * @property {ParentNode & WeakKey} parentElement
 * @property {Uint8Array} data
 * @property {(name: string, value: unknown) => void} setTriggerValue
 */

/**
 * The line of JSON that stands before what is compressed; positions are steps, or rows of two runs.
 * @typedef {object} Head
 * @property {number | null} step  where to open; null for where the reader stands, or stood when the tab last showed it
 * @property {number | null} detail  the level to open at; null for the one that is shown
 * @property {number} [jumps]  another number than before: go to `step` though the run is shown already
 * @property {string} fingerprint
 * @property {string} linkParameter
 */

/**
 * A player, as far as the page knows it.
 * @template Payload
 * @typedef {object} Player
 * @property {HTMLElement} root
 * @property {(payload: Payload, opening: Opening) => void} load
 * @property {(position: number, level?: number) => void} jumpTo
 * @property {() => void} refreshTheme
 */

/**
 * A player on the page, and what it shows.
 * @template Payload
 * @typedef {object} Mount
 * @property {AbortController} stop
 * @property {Component} component  of the latest run
 * @property {number} runs
 * @property {Player<Payload>} player
 * @property {string} fingerprint  "" before the first run came
 * @property {number} [jumps]
 * @property {string} linkParameter
 */

/**
 * Return a component that makes one player for each element.
 * @template Payload
 * @template {Head} ItsHead
 * @param {(root: HTMLElement, page: Page) => Player<Payload>} create
 * @param {(bytes: Uint8Array<ArrayBuffer>, head: ItsHead) => Promise<Payload>} unpack  of the bytes after the head
 */
export function mountable(create, unpack) {
  /** @type {WeakMap<WeakKey, Mount<Payload>>} */
  const mounts = new WeakMap();

  /** @param {Component} component */
  function begin(component) {
    const root = find(component.parentElement, ".player");
    const stop = new AbortController();
    const player = create(root, {
      signal: stop.signal,
      askForLink: (...asked) => askForLink(mount, ...asked),
      onMoved: (...standing) => rememberInTab(nameOf(mount), standing),
    });
    /** @type {Mount<Payload>} */
    const mount = { stop, component, runs: 0, player, fingerprint: "", linkParameter: "" };
    mounts.set(component.parentElement, mount);
    keepInView(root, stop.signal);
    return mount;
  }

  /** @param {Component} component */
  return (component) => {
    let mount = mounts.get(component.parentElement);
    if (mount?.player.root !== component.parentElement.querySelector(".player")) {
      mount?.stop.abort();
      mount = begin(component);
    }
    const current = mount;
    current.component = component;
    const run = ++current.runs;
    receive(current, component.data, unpack);
    return () => {
      if (current.runs !== run) return; // an older run's clean-up, called after a newer run began
      current.stop.abort();
      mounts.delete(component.parentElement);
    };
  };
}

/**
 * Return what compressed JSON says.
 * @param {Uint8Array<ArrayBuffer>} bytes
 */
export async function unzipped(bytes) {
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).json();
}

/**
 * Make the player as high as what stands above it leaves of the window, whatever that is in this run.
 * @param {HTMLElement} root
 * @param {AbortSignal} signal
 */
function keepInView(root, signal) {
  const host = hostOf(root);
  const scroller = host.closest("[data-testid=stMain]") ?? document.scrollingElement;
  const measured = new ResizeObserver(() => {
    if (root.classList.contains("projecting")) return;
    const above = Math.round(host.getBoundingClientRect().top + (scroller?.scrollTop ?? 0));
    root.style.setProperty("--above-player", `${above + BELOW}px`);
  });
  measured.observe(host.closest("[data-testid=stVerticalBlock]") ?? host);
  signal.addEventListener("abort", () => measured.disconnect());
}

/**
 * Show what came: another run, another step of the same run, or another theme.
 * @template Payload
 * @template {Head} ItsHead
 * @param {Mount<Payload>} mount
 * @param {Uint8Array} data  one line of JSON, then what is compressed
 * @param {(bytes: Uint8Array<ArrayBuffer>, head: ItsHead) => Promise<Payload>} unpack
 */
async function receive(mount, data, unpack) {
  const bytes = new Uint8Array(data);
  const end = bytes.indexOf(10);
  /** @type {ItsHead} */
  const head = JSON.parse(new TextDecoder().decode(bytes.subarray(0, end)));
  mount.linkParameter = head.linkParameter;
  const jumped = head.jumps !== mount.jumps;
  mount.jumps = head.jumps;
  if (head.fingerprint === mount.fingerprint) {
    if (jumped && head.step !== null) mount.player.jumpTo(head.step, head.detail ?? undefined);
    else mount.player.refreshTheme();
    return;
  }
  mount.fingerprint = head.fingerprint;
  const payload = await unpack(bytes.subarray(end + 1), head);
  if (mount.fingerprint !== head.fingerprint || mount.stop.signal.aborted) return; // overtaken by a later run
  const remembered = rememberedInTab(nameOf(mount));
  mount.player.load(payload, {
    position: head.step, level: head.detail ?? undefined, remembered: Array.isArray(remembered) ? remembered : null,
  });
}

/**
 * Return the name under which the tab remembers where the reader stood in this run.
 * @param {{ fingerprint: string }} mount
 */
const nameOf = ({ fingerprint }) => `position-${fingerprint.slice(0, 16)}`;

/**
 * Copy a link to a position at its detail level, and have the server put both into the page's address.
 * @param {Pick<Mount<unknown>, "component" | "linkParameter">} mount
 * @param {number} position
 * @param {number} level
 * @param {HTMLElement} button  says how it went
 */
function askForLink(mount, position, level, button) {
  mount.component.setTriggerValue("step", [position, level]);
  const address = new URL(document.location.href);
  address.searchParams.set(mount.linkParameter, String(position));
  if (level === USUAL_LEVEL) address.searchParams.delete(DETAIL);
  else address.searchParams.set(DETAIL, String(level));
  const copied = navigator.clipboard?.writeText(address.href) ?? Promise.reject(new Error("no clipboard"));
  copied.then(() => announce(button, "Link copied"), () => announce(button, "In the address bar"));
}
