// Elements from plain data. Text goes in as text: nothing of a model is ever read as HTML.

/** @typedef {Node | string | null | undefined} Content */

/**
 * Make an element.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {string} [className]
 * @param {...Content} content  what is null or empty is left out
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, className = "", ...content) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...content.filter(isShown));
  return made;
}

/**
 * Return whether there is something to show.
 * @param {Content} item
 * @returns {item is Node | string}
 */
const isShown = (item) => item !== null && item !== undefined && item !== "";

/**
 * Make a button.
 * @param {string} className
 * @param {string} label  what a screen reader says; "" where the content says it
 * @param {...Content} content
 */
export function button(className, label, ...content) {
  const made = element("button", className, ...content);
  made.type = "button";
  if (label) made.setAttribute("aria-label", label);
  return made;
}

/**
 * Make a link.
 * @param {string} className
 * @param {string} address
 * @param {...Content} content
 */
export function anchor(className, address, ...content) {
  const made = element("a", className, ...content);
  made.href = address;
  return made;
}

const SVG = "http://www.w3.org/2000/svg";

/**
 * Make an element of a drawing.
 * @template {keyof SVGElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string | number>} [attributes]
 * @param {...(Node | string)} content
 * @returns {SVGElementTagNameMap[Tag]}
 */
export function svg(tag, attributes = {}, ...content) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  made.append(...content);
  return made;
}

/**
 * Return the first element below `root` that matches. Throws an Error where there is none of this kind.
 * @template {Element} [Kind=HTMLElement]
 * @param {ParentNode} root
 * @param {string} selector
 * @param {new () => Kind} [kind]
 * @returns {Kind}
 */
export function find(root, selector, kind) {
  const found = root.querySelector(selector);
  if (!(found instanceof (kind ?? HTMLElement))) throw new Error(`${selector} is missing`);
  return /** @type {Kind} */ (found);
}

/**
 * Return what matches of the element that an event came from and what encloses it.
 * @param {Event} event
 * @param {string} selector
 * @returns {HTMLElement | SVGElement | null}
 */
export function closest(event, selector) {
  const found = event.target instanceof Element ? event.target.closest(selector) : null;
  return found instanceof HTMLElement || found instanceof SVGElement ? found : null;
}

/**
 * Return the document or shadow root that an element is in.
 * @param {Element} root  an element that is on the page
 */
export function treeOf(root) {
  return /** @type {Document | ShadowRoot} */ (root.getRootNode());
}

/**
 * Return the page's own element that holds the shadow root of an element; the element itself where there is none.
 * @param {Element} root
 */
export function hostOf(root) {
  const tree = root.getRootNode();
  return tree instanceof ShadowRoot ? tree.host : root;
}

/**
 * Scroll a child into the middle of its scrolling parent, unless it is well inside it already.
 * @param {Element} scroller
 * @param {Element} child
 * @param {{ always?: boolean, block?: number }} [options]  block: which share of the free room is above the child
 */
export function reveal(scroller, child, { always = false, block = 0.4 } = {}) {
  const outer = scroller.getBoundingClientRect(), inner = child.getBoundingClientRect();
  const margin = Math.min(outer.height * 0.2, 60);
  if (!always && inner.top >= outer.top + margin && inner.bottom <= outer.bottom - margin) return;
  scroller.scrollTop += inner.top - outer.top - (outer.height - inner.height) * block;
}

/**
 * Mark the edges behind which a scroller's content goes on; they get a shadow (cut_edges.css).
 * @param {HTMLElement} scroller  its parent gets the marks
 */
export function markCutEdges(scroller) {
  const { scrollTop, scrollLeft, scrollHeight, scrollWidth, clientHeight, clientWidth, parentElement } = scroller;
  if (!parentElement) return;
  const cut = [
    scrollTop > 1 && "top", scrollTop + clientHeight < scrollHeight - 1 && "bottom",
    scrollLeft > 1 && "left", scrollLeft + clientWidth < scrollWidth - 1 && "right",
  ].filter(Boolean).join(" ");
  if (cut !== parentElement.dataset.cut) parentElement.dataset.cut = cut;
}

/**
 * Return a sentence as content, in which `backticks` set code.
 * @param {string} text
 */
export function sentence(text) {
  return text.split("`").map((part, at) => (at % 2 ? element("code", "", part) : part)).filter((part) => part !== "");
}
