// The call stack: one group for each module, one row for each of its frames, the outermost at the top.

import { button, element } from "../shared/dom.js";
import { stackAt } from "../shared/record.js";

const DEEPEST_INDENT = 6;

export function stackPane(root, { jumpToFrame }) {
  const list = root.querySelector(".stack .frames");
  let record = null, groups = new Map(), rows = new Map(), drawn = "", current = null;

  list.addEventListener("click", (event) => {
    const row = event.target.closest("[data-frame]");
    if (row) jumpToFrame(Number(row.dataset.frame));
  });

  function load(next) {
    record = next;
    rows = new Map();
    drawn = null;
    current = null;
  }

  function show(walk, k) {
    const stack = stackAt(record, walk.order[k]);
    const key = stack.join();
    if (key !== drawn) draw(stack);
    drawn = key;
    const top = stack.length ? rows.get(stack[stack.length - 1]) : null;
    if (top !== current) {
      current?.removeAttribute("aria-current");
      top?.setAttribute("aria-current", "true");
      current = top;
    }
  }

  function draw(stack) {
    const { frames } = record;
    const items = [];
    let module, indent = -1, body = null;
    for (const frame of stack) {
      const here = `${frames.module[frame]}#${frames.module_call[frame]}`;
      if (here !== module || body === null) {
        module = here;
        indent++;
        body = element("ol", "calls");
        const name = frames.module[frame];
        const group = element("li", "group", element("p", "module",
          element("b", "", name === null ? "no module" : name === "" ? "model" : lastPart(name)),
          element("span", "class", frames.module_class[frame] ?? ""),
          frames.module_call[frame] > 1 ? element("span", "again", `call ${frames.module_call[frame]}`) : null), body);
        if (name) group.title = name;
        group.style.setProperty("--indent", Math.min(indent, DEEPEST_INDENT));
        items.push(group);
      }
      body.append(row(frame));
    }
    list.replaceChildren(...(items.length ? items : [element("li", "none", "No frame yet: Python looks for the method to call.")]));
  }

  function row(frame) {
    if (rows.has(frame)) return rows.get(frame).parentElement;
    const { frames } = record;
    const name = frames.function[frame].split(".").pop();
    const made = button("frame", `${name}, jump to where it was called`, element("span", "name", name));
    made.dataset.frame = frame;
    made.dataset.role = frames.role[frame];
    rows.set(frame, made);
    return element("li", "", made);
  }

  const settle = () => { list.scrollTop = list.scrollHeight; };

  return { load, show, settle };
}

// "layer1.0.conv1" is "layer1.0.conv1" above its own rows; its container stands just over it already.
function lastPart(path) {
  const parts = path.split(".");
  return parts.length > 2 ? `…${parts.slice(-2).join(".")}` : path;
}
