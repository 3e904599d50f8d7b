// The record, indexed once when it is loaded: what a step needs later is a look-up.

/** @import { ChangeRow, CodePayload, FrameColumns, PlayerPayload, StepColumns } from "./payload.js" */

/**
 * A variable that a step changed.
 * @typedef {object} Change
 * @property {number} at  the step at which its statement is complete
 * @property {number} step
 * @property {string} name
 * @property {ChangeRow[1]} kind
 * @property {number} value  index into the payload's values
 */

/**
 * A call of a module whose `__call__` ran.
 * @typedef {object} ModuleCall
 * @property {number} frame  of `__call__`; -1 where there is none
 * @property {Map<string, number>} phases  each phase that ran, and its first step
 */

/**
 * One run, with what the panes look up. Steps and frames are numbers from 0.
 * @typedef {object} IndexedRecord
 * @property {PlayerPayload} payload
 * @property {StepColumns} steps
 * @property {FrameColumns} frames
 * @property {CodePayload[]} codes
 * @property {number} count  of steps
 * @property {number[][]} stepsOfFrame
 * @property {number[][]} stepsOfCode
 * @property {number[]} completedAt  for each step the one at which its statement is complete
 * @property {Change[][]} changesOfFrame  in the order in which they are complete
 * @property {Change[][][]} changesOfName  the same for each name of a frame, the names in the order of their first one
 * @property {(string | null)[]} phase  of each step
 * @property {string[]} call  of each step: a key of `calls`
 * @property {Map<string, ModuleCall>} calls
 * @property {Map<number, FrameLines>} linesOfFrame  filled when asked for
 */

/**
 * When the lines of a function run in one frame.
 * @typedef {object} FrameLines
 * @property {(line: number) => number} ran  the first step of a line; NEVER where it does not run
 * @property {(line: number) => number} raised  the step at which a line raises; NEVER where it does not
 */

export const NEVER = Number.MAX_SAFE_INTEGER; // a step that is after all others
export const BACKWARD = "backward"; // the phase after the call, which is no part of it

/**
 * Index a run.
 * @param {PlayerPayload} payload
 * @returns {IndexedRecord}
 */
export function indexRecord(payload) {
  const { steps, frames, codes } = payload;
  const count = steps.kind.length;
  /** @type {number[][]} */
  const stepsOfFrame = frames.code.map(() => []);
  /** @type {number[][]} */
  const stepsOfCode = codes.map(() => []);
  for (let i = 0; i < count; i++) {
    const frame = steps.frame[i];
    if (frame < 0) continue;
    stepsOfFrame[frame].push(i);
    stepsOfCode[frames.code[frame]].push(i);
  }
  const completedAt = completions(steps, stepsOfFrame);
  const changesOfFrame = stepsOfFrame.map((members) => changesAmong(members, payload, completedAt));
  return {
    payload, steps, frames, codes, count, stepsOfFrame, stepsOfCode, completedAt, changesOfFrame,
    changesOfName: changesOfFrame.map(byName), ...callPaths(payload), linesOfFrame: new Map(),
  };
}

/**
 * Return for each step the one at which its statement is complete: one that calls is, when the call is back.
 * @param {StepColumns} steps
 * @param {number[][]} stepsOfFrame
 */
function completions(steps, stepsOfFrame) {
  const completedAt = steps.kind.map((_, i) => i);
  for (const members of stepsOfFrame) {
    for (let n = 0; n + 1 < members.length; n++) {
      if (steps.kind[members[n]] === "statement") completedAt[members[n]] = members[n + 1] - 1;
    }
  }
  return completedAt;
}

/**
 * Return what the steps of a frame changed, in the order in which it is complete.
 * @param {number[]} members
 * @param {PlayerPayload} payload
 * @param {number[]} completedAt
 */
function changesAmong(members, payload, completedAt) {
  /** @type {Change[]} */
  const found = [];
  for (const step of members) {
    for (const [name, kind, value] of payload.changes[step] ?? []) {
      found.push({ at: completedAt[step], step, name: payload.names[name], kind, value });
    }
  }
  return found.sort(inOrder);
}

/**
 * Compare two changes: less than 0 where the first is complete earlier.
 * @param {Change} a
 * @param {Change} b
 */
export const inOrder = (a, b) => a.at - b.at || a.step - b.step;

/**
 * Return the changes of each name.
 * @param {Change[]} changes
 */
function byName(changes) {
  /** @type {Map<string, Change[]>} */
  const found = new Map();
  for (const change of changes) {
    const known = found.get(change.name);
    if (known) known.push(change);
    else found.set(change.name, [change]);
  }
  return [...found.values()];
}

/**
 * Return for each step its phase, and the call of a module whose `__call__` it is inside; "" where there is none.
 * @param {PlayerPayload} payload
 */
function callPaths({ steps, frames }) {
  const count = steps.kind.length;
  const isCallPath = frames.role.map((role) => role === "call path");
  /** @type {(string | null)[]} */
  const phaseOfFrame = frames.code.map(() => null); // the one that each open frame is in
  /** @type {(string | null)[]} */
  const phase = new Array(count);
  /** @type {string[]} */
  const call = new Array(count);
  /** @type {Map<string, ModuleCall>} */
  const calls = new Map();
  for (let i = 0; i < count; i++) {
    const frame = steps.frame[i];
    let outer = frame < 0 && frames.code.length ? 0 : frame; // the look-up belongs to the first call
    while (outer >= 0 && !isCallPath[outer]) outer = frames.caller[outer];
    if (frame >= 0 && steps.phase[i]) phaseOfFrame[frame] = steps.phase[i];
    const current = steps.phase[i] ?? (outer >= 0 ? phaseOfFrame[outer] : null);
    const key = outer >= 0 ? `${frames.module[outer]}#${frames.module_call[outer]}` : current === BACKWARD ? BACKWARD : "";
    const entered = calls.get(key) ?? { frame: outer, phases: new Map() };
    calls.set(key, entered);
    const isOwn = outer < 0 || frame < 0 || isCallPath[frame];
    if (current && isOwn && !entered.phases.has(current)) entered.phases.set(current, i);
    phase[i] = current;
    call[i] = key;
  }
  return { phase, call, calls };
}

/**
 * Return when the lines of a frame's function run in this frame, and when one raises.
 * @param {IndexedRecord} record
 * @param {number} frame
 * @returns {FrameLines}
 */
export function linesOfFrame(record, frame) {
  const known = record.linesOfFrame.get(frame);
  if (known) return known;
  const { steps, stepsOfFrame } = record;
  /** @type {Map<number, number>} */
  const ran = new Map();
  /** @type {Map<number, number>} */
  const raised = new Map();
  for (const i of stepsOfFrame[frame]) {
    const into = steps.kind[i] === "exception" ? raised : ran;
    for (let line = steps.line[i]; line <= steps.end_line[i]; line++) if (!into.has(line)) into.set(line, i);
  }
  const lines = {
    ran: (/** @type {number} */ line) => ran.get(line) ?? NEVER,
    raised: (/** @type {number} */ line) => raised.get(line) ?? NEVER,
  };
  record.linesOfFrame.set(frame, lines);
  return lines;
}

/**
 * Return the frames from the outermost to the one that a step is in.
 * @param {IndexedRecord} record
 * @param {number} step
 */
export function stackAt({ steps, frames }, step) {
  const stack = [];
  for (let frame = steps.frame[step]; frame >= 0; frame = frames.caller[frame]) stack.push(frame);
  return stack.reverse();
}
