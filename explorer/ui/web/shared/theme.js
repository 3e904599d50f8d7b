// Whether the page behind the player is dark, measured from the colour it has.

export function isDark(root) {
  const colour = getComputedStyle(root).backgroundColor.match(/[\d.]+/g)?.map(Number) ?? [255, 255, 255];
  const [red, green, blue] = colour;
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue < 128;
}
