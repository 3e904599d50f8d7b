// The record, indexed once when it is loaded: what a step needs later is a look-up.

const END = Number.MAX_SAFE_INTEGER;

export function indexRecord(payload) {
  const { steps, frames } = payload;
  const count = steps.kind.length;
  const stepsOfFrame = frames.code.map(() => []);
  for (let i = 0; i < count; i++) if (steps.frame[i] >= 0) stepsOfFrame[steps.frame[i]].push(i);

  const record = { payload, steps, frames, codes: payload.codes, count, stepsOfFrame, stepsOfCode: null };
  record.finished = finishedAt(record);
  record.changesOfFrame = changesOfFrame(record);
  record.stepsOfCode = payload.codes.map(() => []);
  for (let i = 0; i < count; i++) {
    if (steps.frame[i] >= 0) record.stepsOfCode[frames.code[steps.frame[i]]].push(i);
  }
  Object.assign(record, callPaths(record));
  record.linesOfFrame = new Map();
  return record;
}

// The step at which what a step began is complete: a statement that calls is complete when the call is back.
function finishedAt({ steps, stepsOfFrame, count }) {
  const finished = Array.from({ length: count }, (_, i) => i);
  for (const own of stepsOfFrame) {
    for (let k = 0; k + 1 < own.length; k++) {
      if (steps.kind[own[k]] === "statement") finished[own[k]] = own[k + 1] - 1;
    }
  }
  return finished;
}

function changesOfFrame({ payload, steps, finished, stepsOfFrame }) {
  return stepsOfFrame.map((own) => {
    const found = [];
    for (const i of own) {
      for (const [name, kind, value] of payload.changes[i] ?? []) {
        found.push({ at: finished[i], step: i, name: payload.names[name], kind, value });
      }
    }
    return found.sort((a, b) => a.at - b.at || a.step - b.step);
  });
}

export const BACKWARD = "backward"; // the phase after the call, which is no part of it

// For each step its phase, and the call of a module whose `__call__` it is inside; "" where there is none.
function callPaths({ payload, steps, frames, count }) {
  const own = frames.code.map((_, f) => frames.role[f] === "call path");
  const current = frames.code.map(() => null); // the phase each open frame is in
  const phase = new Array(count), call = new Array(count);
  const calls = new Map(); // key → { frame, phases: Map(phase → first step) }
  for (let i = 0; i < count; i++) {
    const f = steps.frame[i];
    let at = f < 0 && frames.code.length ? 0 : f; // the look-up belongs to the first call
    while (at >= 0 && !own[at]) at = frames.caller[at];
    if (f >= 0 && steps.phase[i]) current[f] = steps.phase[i];
    phase[i] = steps.phase[i] ?? (at >= 0 ? current[at] : null);
    call[i] = at >= 0 ? `${frames.module[at]}#${frames.module_call[at]}` : phase[i] === BACKWARD ? BACKWARD : "";
    if (!calls.has(call[i])) calls.set(call[i], { frame: at, phases: new Map() });
    const seen = calls.get(call[i]).phases;
    if (phase[i] && (at < 0 || f < 0 || own[f]) && !seen.has(phase[i])) seen.set(phase[i], i);
  }
  return { phase, call, calls };
}

// First step at which each line of a frame's function runs in this frame, and the steps at which one raises.
export function linesOfFrame(record, f) {
  let lines = record.linesOfFrame.get(f);
  if (lines) return lines;
  const { steps, stepsOfFrame } = record;
  const first = new Map(), raised = new Map();
  for (const i of stepsOfFrame[f]) {
    const into = steps.kind[i] === "exception" ? raised : first;
    for (let line = steps.line[i]; line <= steps.end_line[i]; line++) if (!into.has(line)) into.set(line, i);
  }
  lines = { ran: (line) => first.get(line) ?? END, raised: (line) => raised.get(line) ?? END, END };
  record.linesOfFrame.set(f, lines);
  return lines;
}

// The frames from the outermost to the one a step is in.
export function stackAt({ steps, frames }, i) {
  const stack = [];
  for (let f = steps.frame[i]; f >= 0; f = frames.caller[f]) stack.push(f);
  return stack.reverse();
}
