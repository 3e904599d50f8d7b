// Pairs of texts, charts and controls of the page that lie on each other.

() => {
  const main = document.querySelector("[data-testid=stMain]");
  const boxes = [...main.querySelectorAll("h1, h2, h4, p, label, button, .stPlotlyChart, [data-testid=stSliderThumbValue], [data-testid=stBidiComponentRegular]")]
    .filter((element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true }))
    .map((element) => ({ element, box: element.getBoundingClientRect() }))
    .filter(({ box }) => box.width > 1 && box.height > 1);
  const said = ({ element }) => element.textContent.trim().slice(0, 30) || element.className;
  return boxes.flatMap((one, at) => boxes.slice(at + 1)
    .filter((other) => !one.element.contains(other.element) && !other.element.contains(one.element)
      && Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left) > 1
      && Math.min(one.box.bottom, other.box.bottom) - Math.max(one.box.top, other.box.top) > 1)
    .map((other) => `${said(one)} | ${said(other)}`));
}
