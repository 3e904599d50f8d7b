// The text in view that is smaller than it is asked to be, as it is laid out: a drawing's letters are zoomed. Code is
// set in letters that look larger than they measure.

([least, leastOfCode]) => {
  const everything = function* (root) {
    for (const element of root.querySelectorAll("*")) {
      yield element;
      if (element.shadowRoot) yield* everything(element.shadowRoot);
    }
  };
  const zoom = (element) => {
    const svg = element.closest("svg");
    const { width } = svg?.viewBox.baseVal ?? {};
    return width ? svg.getBoundingClientRect().width / width : 1;
  };
  const small = [];
  for (const element of everything(document.querySelector("[data-testid=stApp]"))) {
    const said = [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => node.data.trim()).join("");
    if (!said || element.closest("style, script, title, [data-testid=stIconMaterial]")) continue;
    if (!element.checkVisibility({ visibilityProperty: true })) continue;
    const size = parseFloat(getComputedStyle(element).fontSize) * zoom(element);
    if (size < (element.closest("code") ? leastOfCode : least) - 0.05) small.push(`${size.toFixed(1)} ${said.slice(0, 40)}`);
  }
  return small;
}
