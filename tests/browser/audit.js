// What of a page falls short: text with too little contrast, controls without a name or too small to hit.
// Looks into shadow roots, where the player and the graphs live.

() => {
  const everything = function* (root) {
    for (const element of root.querySelectorAll("*")) {
      yield element;
      if (element.shadowRoot) yield* everything(element.shadowRoot);
    }
  };
  const parentOf = (element) => element.assignedSlot ?? element.parentElement ?? element.getRootNode().host ?? null;
  const chain = (element) => (element ? [element, ...chain(parentOf(element))] : []);

  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const parsed = new Map();
  const colour = (text) => { // any CSS colour as [red, green, blue, alpha]
    if (!parsed.has(text)) {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = text;
      canvas.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
      parsed.set(text, [r, g, b, a / 255]);
    }
    return parsed.get(text);
  };
  const over = ([r, g, b, a], [R, G, B]) => [r * a + R * (1 - a), g * a + G * (1 - a), b * a + B * (1 - a), 1];
  const light = ([r, g, b]) => {
    const linear = [r, g, b].map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  };
  const ratio = (one, other) => {
    const [dark, bright] = [light(one), light(other)].sort((a, b) => a - b);
    return (bright + 0.05) / (dark + 0.05);
  };
  const paper = (element) => {
    let ground = [255, 255, 255, 1];
    // A slider's thumb carries its number above itself, on the page.
    for (const one of chain(element).filter((one) => !one.matches(":has(> [data-testid=stSliderThumbValue])")).reverse()) ground = over(colour(getComputedStyle(one).backgroundColor), ground);
    return ground;
  };
  const under = (element) => { // what an element's text stands on
    const box = element instanceof SVGElement ? element.closest(".node")?.querySelector("path, polygon, ellipse") : null;
    const ground = paper(element instanceof SVGElement ? element.closest("svg").parentElement : element);
    const fill = box && getComputedStyle(box).fill;
    return fill && fill !== "none" ? over(colour(fill), ground) : ground;
  };
  const ink = (element, ground) => {
    const style = getComputedStyle(element);
    const [r, g, b, a] = colour(element instanceof SVGElement ? style.fill : style.color);
    const opacity = chain(element).reduce((product, one) => product * Number(getComputedStyle(one).opacity), 1);
    return over([r, g, b, a * opacity], ground);
  };
  const seen = (element) => {
    const { width, height } = element.getBoundingClientRect();
    return width > 1 && height > 1 && element.checkVisibility({ visibilityProperty: true, opacityProperty: true })
      && !chain(element).some((one) => getComputedStyle(one).clipPath === "inset(50%)"); // for screen readers only
  };
  const disabled = (element) => chain(element).some((one) => one.matches(":disabled, [aria-disabled=true]")
    || (one.matches("label") && chain(one)[1].querySelector(":disabled")));
  const words = (element) => [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => node.data.trim()).join(" ").trim();
  const said = (element) => `<${element.localName} ${element.className?.baseVal ?? element.className}> ${element.textContent.trim().slice(0, 40)}`;

  const byId = (element, ids) => ids.split(" ").map((id) => element.getRootNode().getElementById(id)?.textContent ?? "").join("");
  const nameOf = (element) => (element.getAttribute("aria-label") || byId(element, element.getAttribute("aria-labelledby") ?? "")
    || [...(element.labels ?? [])].map((label) => label.textContent).join("") || element.textContent || element.title
    || element.querySelector("svg title")?.textContent || "").trim();

  const contrast = [], unnamed = [], small = [];
  for (const element of everything(document.body)) {
    if (!seen(element)) continue;
    if (words(element) && !element.closest("script, style, title, [role=tooltip]") && !disabled(element)) {
      const ground = under(element), found = ratio(ink(element, ground), ground);
      if (found < 4.5) contrast.push(`${found.toFixed(2)} ${said(element)}`);
    }
    if (element.matches("button, select, input, a[href], summary, [role=button], [role=slider], [role=tab], [role=radio]")) {
      if (!nameOf(element)) unnamed.push(said(element));
      const target = element.matches("input") ? element.closest("label, [data-baseweb=select], [data-testid=stNumberInputContainer]") ?? element : element;
      const { width, height } = target.getBoundingClientRect();
      if (Math.min(width, height) < 24 && !element.closest("svg, p")) small.push(`${width.toFixed(0)}×${height.toFixed(0)} ${said(element)}`);
    }
  }
  const once = (found) => [...new Set(found)];
  return { contrast: once(contrast), unnamed: once(unnamed), small: once(small) };
}
