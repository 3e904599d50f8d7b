// The step of another run of the same model that corresponds to one of this run: the reader stays where they were when
// a setting is changed.

/** @import { IndexedRecord } from "./record.js" */

/**
 * Where a player opens a run.
 * @typedef {object} Opening
 * @property {number | null} position  that a link names: a step, or a row of two runs; null where none does
 * @property {number} [level]  detail level of the link
 * @property {number[] | null} [remembered]  position and detail level where the reader last stood in this run
 */

/**
 * Return the step of `to` that corresponds to a step of `from`: the same statement of the same call. Where the other
 * run does not have it, the last one before it in the same frame, or else in the frame that called.
 * @param {IndexedRecord} from
 * @param {number} step
 * @param {IndexedRecord} to
 */
export function correspondingStep(from, step, to) {
  const keys = frameKeys(from), framesOfTo = new Map(frameKeys(to).map((key, frame) => [key, frame]));
  for (let frame = from.steps.frame[step]; frame >= 0; frame = from.frames.caller[frame]) {
    const other = framesOfTo.get(keys[frame]);
    if (other === undefined) continue;
    const names = stepKeys(from, frame), stepsOfOther = new Map(stepKeys(to, other).map(([name, at]) => [name, at]));
    for (const [name, at] of names.reverse()) {
      const found = at <= step ? stepsOfOther.get(name) : undefined;
      if (found !== undefined) return found;
    }
    return to.stepsOfFrame[other][0];
  }
  return 0;
}

/**
 * Return for each frame what it is, in words that are the same in another run; equal ones are told apart by their turn.
 * @param {IndexedRecord} record
 */
function frameKeys({ frames, codes }) {
  return numbered(frames.code.map((code, frame) => [
    frames.function[frame], codes[code].file, codes[code].first, frames.module[frame], frames.module_call[frame],
  ].join("|")));
}

/**
 * Return for each step of a frame what it is, and the step.
 * @param {IndexedRecord} record
 * @param {number} frame
 * @returns {[string, number][]}
 */
function stepKeys({ steps, stepsOfFrame }, frame) {
  const members = stepsOfFrame[frame];
  const names = numbered(members.map((i) => `${steps.kind[i]}|${steps.line[i]}|${steps.end_line[i]}`));
  return names.map((name, n) => [name, members[n]]);
}

/**
 * Return each name with its turn, so that none occurs twice.
 * @param {string[]} names
 */
function numbered(names) {
  /** @type {Map<string, number>} */
  const turns = new Map();
  return names.map((name) => {
    const turn = (turns.get(name) ?? 0) + 1;
    turns.set(name, turn);
    return `${name}#${turn}`;
  });
}
