// A graph to zoom and pan. The stage is an ordinary scroll container, and zooming changes the drawing's width.

const PIXELS_PER_POINT = 96 / 72; // 100 % is the size that Graphviz laid the text out for
const READABLE = 0.86; // at this scale the smallest text has 16 px, as the page's own
const AT_A_DESK = 0.65; // and here 12 px, where the page is not projected
const STEP = 1.25;
const SMALLEST = 0.05;
const LARGEST = 4;

const views = new WeakMap(); // parentElement -> view; the default export runs again at every change of data

export default function ({ parentElement, data }) {
  let view = views.get(parentElement);
  if (!view) {
    view = createView(parentElement.querySelector(".viewer"));
    views.set(parentElement, view);
  }
  view.show(data);
  return () => {
    view.close();
    views.delete(parentElement);
  };
}

function createView(viewer) {
  const stage = viewer.querySelector(".stage");
  const canvas = viewer.querySelector(".canvas");
  const shownScale = viewer.querySelector("output");
  let shown = {};
  let drawing = null;
  let size = { width: 1, height: 1 }; // in pixels at 100 %
  let scale = 1;
  let startedAt = 1; // how much the page was enlarged then
  let touched = false; // once the reader has zoomed or panned, a resize leaves the view alone

  const room = () => {
    const limit = Number.parseFloat(getComputedStyle(stage).maxHeight);
    return { width: stage.clientWidth - 2, height: Number.isNaN(limit) ? stage.clientHeight : limit - 4 };
  };
  // The page's letters, as many times as large as usual: a projected page has larger ones.
  const enlarged = () => Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
  const widthScale = () => room().width / size.width;
  const fitScale = () => Math.min(widthScale(), room().height / size.height);

  function setScale(wanted, at) {
    const next = Math.min(LARGEST, Math.max(SMALLEST, wanted));
    const point = at ?? { x: stage.clientWidth / 2, y: stage.clientHeight / 2 };
    const before = drawing.getBoundingClientRect();
    const frame = stage.getBoundingClientRect();
    const share = {
      x: (frame.left + point.x - before.left) / before.width,
      y: (frame.top + point.y - before.top) / before.height,
    };
    scale = next;
    drawing.style.width = `${size.width * scale}px`;
    drawing.style.height = `${size.height * scale}px`;
    shownScale.textContent = `${Math.round(scale * 100)} %`;
    const after = drawing.getBoundingClientRect();
    stage.scrollLeft += after.left + share.x * after.width - (frame.left + point.x);
    stage.scrollTop += after.top + share.y * after.height - (frame.top + point.y);
    tellWhatIsCut();
  }

  function start() {
    if (!drawing || stage.clientWidth === 0) return;
    startedAt = enlarged();
    const legible = startedAt > 1 ? READABLE * startedAt : AT_A_DESK;
    setScale(Math.min(Math.max(1, legible), Math.max(legible, fitScale()))); // all of it, where that can be read
    stage.scrollTop = 0;
    stage.scrollLeft = 0;
    const first = firstNode();
    if (first) {
      stage.scrollLeft = first.left + first.width / 2 - stage.getBoundingClientRect().left - stage.clientWidth / 2;
      stage.scrollTop = first.top + first.height / 2 - stage.getBoundingClientRect().top - room().height / 2;
    }
    touched = false;
    tellWhatIsCut();
  }

  // An edge that something goes on behind has a shadow.
  function tellWhatIsCut() {
    const { scrollTop, scrollLeft, scrollHeight, scrollWidth, clientHeight, clientWidth } = stage;
    stage.parentElement.dataset.cut = [
      scrollTop > 1 && "top", scrollTop + clientHeight < scrollHeight - 1 && "bottom",
      scrollLeft > 1 && "left", scrollLeft + clientWidth < scrollWidth - 1 && "right",
    ].filter(Boolean).join(" ");
  }

  // The node that the graph begins with: the topmost, or the leftmost where it is laid out to the right.
  function firstNode() {
    const places = [...drawing.querySelectorAll(".node")].map((node) => node.getBoundingClientRect());
    const order = size.width > size.height ? (box) => box.left : (box) => box.top + box.left / 1e6;
    return places.sort((one, other) => order(one) - order(other))[0];
  }

  const actions = {
    in: () => setScale(scale * STEP),
    out: () => setScale(scale / STEP),
    fit: () => setScale(fitScale()),
    natural: () => setScale(1),
    full: () => (document.fullscreenElement ? document.exitFullscreen() : viewer.requestFullscreen()),
  };
  const keys = { "+": "in", "=": "in", "-": "out", "−": "out", 0: "fit", 1: "natural" };

  function act(name) {
    if (!drawing) return;
    touched = name !== "full";
    actions[name]();
  }

  const stop = new AbortController();
  const on = (target, type, listener, options = {}) =>
    target.addEventListener(type, listener, { ...options, signal: stop.signal });

  for (const button of viewer.querySelectorAll("[data-do]")) {
    on(button, "click", () => act(button.dataset.do));
  }
  viewer.querySelector('[data-do="full"]').hidden = !document.fullscreenEnabled;
  on(viewer, "keydown", (event) => {
    const name = keys[event.key];
    if (!name || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    act(name);
  });
  on(
    stage,
    "wheel",
    (event) => {
      if (!event.ctrlKey && !event.metaKey) return; // the plain wheel scrolls, as everywhere
      event.preventDefault();
      touched = true;
      const frame = stage.getBoundingClientRect();
      setScale(scale * Math.exp(-event.deltaY / 300), { x: event.clientX - frame.left, y: event.clientY - frame.top });
    },
    { passive: false },
  );
  on(stage, "pointerdown", (event) => {
    if (event.button !== 0 || event.pointerType !== "mouse" || event.target === stage) return; // the scroll bar
    stage.setPointerCapture(event.pointerId);
    stage.classList.add("dragging");
  });
  on(stage, "pointermove", (event) => {
    if (!stage.classList.contains("dragging")) return;
    touched = true;
    stage.scrollLeft -= event.movementX;
    stage.scrollTop -= event.movementY;
  });
  for (const type of ["pointerup", "pointercancel"]) {
    on(stage, type, () => stage.classList.remove("dragging"));
  }
  on(stage, "scroll", tellWhatIsCut, { passive: true });
  const resized = new ResizeObserver(() => {
    if (!touched || enlarged() !== startedAt) start();
    tellWhatIsCut();
  });
  resized.observe(viewer);

  return {
    show(data) {
      const another = data.view !== shown.view;
      if (data.svg !== shown.svg) {
        const parsed = new DOMParser().parseFromString(data.svg, "image/svg+xml").documentElement;
        drawing = document.adoptNode(parsed);
        const { width, height } = drawing.viewBox.baseVal;
        size = { width: width * PIXELS_PER_POINT, height: height * PIXELS_PER_POINT };
        canvas.replaceChildren(drawing);
        stage.setAttribute("aria-label", data.label);
        if (!another) setScale(scale);
      }
      shown = data;
      if (another) start();
    },
    close() {
      stop.abort();
      resized.disconnect();
    },
  };
}
