// One view for each element that Streamlit mounts, although it runs a component at every change of data or theme.
// `mount.js` does the same for players, which unpack their data and ask for links.

import { find } from "./dom.js";

/**
 * What a view shows, and how it ends.
 * @template Data
 * @typedef {object} View
 * @property {Element} root
 * @property {AbortController} stop  aborted when the element leaves the page
 * @property {(data: Data) => void} show
 */

/**
 * Return a component that makes a view once for each element.
 * @template Data
 * @param {string} selector  finds the view's root in the mounted element
 * @param {(root: HTMLElement) => View<Data>} create
 */
export function oneViewEach(selector, create) {
  /** @type {WeakMap<ParentNode, { view: View<Data>, runs: number }>} */
  const mounts = new WeakMap();
  /** @param {{ parentElement: ParentNode, data: Data }} component */
  return ({ parentElement, data }) => {
    const root = find(parentElement, selector);
    let mount = mounts.get(parentElement);
    if (mount?.view.root !== root) {
      mount?.view.stop.abort();
      mount = { view: create(root), runs: 0 };
      mounts.set(parentElement, mount);
    }
    const { view } = mount, run = ++mount.runs;
    view.show(data);
    return () => {
      if (mount.runs !== run) return; // an older run's clean-up, called after a newer run began
      view.stop.abort();
      mounts.delete(parentElement);
    };
  };
}
