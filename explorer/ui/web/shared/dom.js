// Elements from plain data. Text goes in as text: nothing of a model is ever read as HTML.

export function element(tag, className = "", ...content) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...content.filter((item) => item !== null && item !== undefined && item !== ""));
  return made;
}

export function button(className, label, ...content) {
  const made = element("button", className, ...content);
  made.type = "button";
  if (label) made.setAttribute("aria-label", label);
  return made;
}

const SVG = "http://www.w3.org/2000/svg";

export function svg(tag, attributes = {}, ...content) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...content);
  return made;
}

// Bring a child into the middle of its scrolling parent where it is not well inside it already.
export function reveal(scroller, child, { always = false, block = 0.4 } = {}) {
  const outer = scroller.getBoundingClientRect(), inner = child.getBoundingClientRect();
  const margin = Math.min(outer.height * 0.2, 60);
  if (!always && inner.top >= outer.top + margin && inner.bottom <= outer.bottom - margin) return;
  scroller.scrollTop += inner.top - outer.top - (outer.height - inner.height) * block;
}

// A sentence in which `backticks` set code.
export function sentence(text) {
  return text.split("`").map((part, at) => (at % 2 ? element("code", "", part) : part)).filter((part) => part !== "");
}
