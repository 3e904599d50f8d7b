// Records of programs that never ran, made at random or by hand, so that the river is tested on many shapes of model.

import { indexRecord } from "../../explorer/ui/web/shared/record.js";

// Numbers that look random, the same for the same seed.
export function randomOf(seed) {
  let state = seed + 1;
  return (below) => { state = (state * 48271) % 2147483647; return state % below; };
}

// A model: an operation is a name; a module call, or a hook, is a list with its class and what runs in it.
export function modelOf(random, depth = 3) {
  const inside = () => Array.from({ length: random(6) }, () => {
    const kind = depth ? random(5) : 0;
    if (kind < 3) return ["add", "relu", "mul"][random(3)];
    if (kind === 3) return modelOf(random, depth - 1);
    return ["hook", ...Array.from({ length: random(3) }, () => "mul")];
  });
  const once = inside(), again = random(4) ? [] : Array.from({ length: random(30) }, () => once).flat();
  return [["Block", "Linear", "Attention"][random(3)], ...once, ...again];
}

// Its record: each call is a frame with a step to begin, one for each thing that runs in it, and one to return.
export function recordOf(model, random = randomOf(0)) {
  const steps = { kind: ["lookup"], frame: [-1], line: [0], end_line: [0], phase: ["lookup"], level: [1], text: [0] };
  const frames = { code: [], function: [], module: [], module_class: [], module_call: [], caller: [], depth: [], role: [] };
  const calls = { module: [], module_class: [], number: [], parent: [], first: [], last: [] };
  const operations = { kind: [], name: [], call: [], first: [], last: [], drops: [], in_hook: [], raised: [], output: [], outputs: [] };
  const edges = [];
  const add = (kind, frame) => {
    for (const [name, value] of Object.entries({ kind, frame, line: 1, end_line: 1, phase: "forward", level: 2, text: 0 })) steps[name].push(value);
    return steps.kind.length - 1;
  };
  const operate = (kind, name, call, step, hooked) => {
    const at = operations.name.length, facts = { kind, name, call, first: step, last: step, drops: false, in_hook: hooked, raised: false, output: at % 3, outputs: 1 };
    for (const [key, value] of Object.entries(facts)) operations[key].push(value);
    if (at) edges.push([at - 1, at]);
    if (at > 2 && !random(4)) edges.push([random(at - 1), at]);
  };
  const run = ([name, ...inside], caller, call, path) => {
    const isHook = name === "hook", frame = frames.code.length, self = isHook ? call : calls.module.length;
    const facts = { code: 0, function: name, module: path, module_class: name, module_call: 1, caller, depth: 0, role: isHook ? "hook" : "call path" };
    for (const [key, value] of Object.entries(facts)) frames[key].push(value);
    const first = add("call", frame);
    if (!isHook) for (const [key, value] of Object.entries({ module: path, module_class: name, number: 1, parent: call, first, last: first })) calls[key].push(value);
    inside.forEach((each, n) => {
      const step = add("statement", frame);
      if (typeof each === "string") operate("operation", each, self, step, isHook);
      else run(each, frame, self, path ? `${path}.${n}` : `m${n}`);
    });
    const last = add("return", frame);
    if (!isHook) calls.last[self] = last;
  };
  operate("input", "input", -1, 0, false);
  run(model, -1, -1, "");
  operate("output", "output", -1, steps.kind.length - 1, false);
  return indexRecord({
    title: "Model", expression: "model(x)", training: true, grad_mode: "enabled", phases: ["lookup", "forward"], unentered_phases: [],
    lookup: { type: "", searched: [], provider: null, attribute: "__call__", instance_attribute: false }, inputs: [], output: null, error: null,
    codes: [{ file: "", first: 1, lines: [] }], frames, steps, changes: {}, texts_ahead: {}, returned: {}, names: [], texts: [""], values: [],
    chapters: [], river: { calls, operations, edges, shapes: [[1, 3, 28, 28], [5], []] },
  });
}
