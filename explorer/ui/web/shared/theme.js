// Whether the page behind an element is dark, measured from the colour it has.

/**
 * Return the theme of the page behind an element.
 * @param {Element} root
 * @returns {"dark" | "light"}
 */
export function themeOf(root) {
  const [red, green, blue] = getComputedStyle(root).backgroundColor.match(/[\d.]+/g)?.map(Number) ?? [255, 255, 255];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue < 128 ? "dark" : "light";
}
