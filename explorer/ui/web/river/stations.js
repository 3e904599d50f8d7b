// The stations of `__call__`: the phases that the running call of a module goes through.

/** @import { IndexedRecord } from "../shared/record.js" */

/**
 * One phase of a call.
 * @typedef {object} Station
 * @property {string} phase
 * @property {number} first  its first step
 * @property {boolean} passed  whether it was only asked for, and nothing of it ran
 */

/**
 * Return the stations of the call that a step is in, in their order; none where it is in no `__call__`.
 * @param {IndexedRecord} record
 * @param {number} step
 * @returns {Station[]}
 */
export function stationsAt(record, step) {
  const phases = record.calls.get(record.call[step])?.phases;
  if (!phases) return [];
  const passed = new Set(record.payload.unentered_phases);
  return record.payload.phases.flatMap((phase) => {
    const first = phases.get(phase);
    return first === undefined ? [] : [{ phase, first, passed: passed.has(first) }];
  });
}

