// Ranges of steps, found by halving: of a loop that is drawn as one box there are thousands.

/** @import { StepRange } from "../shared/payload.js" */

/**
 * Return the index of the first range that ends at a step or after it.
 * @param {StepRange[]} ranges  in their order, none overlapping
 * @param {number} step
 */
function firstEndingFrom(ranges, step) {
  let low = 0, high = ranges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ranges[middle][1] < step) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Return whether something runs between two steps, both included.
 * @param {StepRange[]} ranges  in their order, none overlapping
 * @param {number} from
 * @param {number} to
 */
export function touches(ranges, from, to) {
  const at = firstEndingFrom(ranges, from);
  return at < ranges.length && ranges[at][0] <= to;
}

/**
 * Return whether one of the ranges lies in a module call.
 * @param {StepRange[]} ranges  in their order, none overlapping
 * @param {StepRange} call
 */
export function isWithin(ranges, [first, last]) {
  let at = firstEndingFrom(ranges, first);
  if (at < ranges.length && ranges[at][0] < first) at++;
  return at < ranges.length && ranges[at][1] <= last;
}

/**
 * Return what finds the module call that a step is in; null for the outermost one, which is the whole drawing.
 * @param {StepRange[]} calls  in the order in which they begin
 * @returns {(step: number) => StepRange | null}
 */
export function innermostCalls(calls) {
  /** @type {number[]} */
  const around = []; // for each call the index of the one that it is in; -1 for none
  /** @type {number[]} */
  const open = [];
  calls.forEach(([first], at) => {
    while (open.length && calls[open[open.length - 1]][1] < first) open.pop();
    around.push(open.length ? open[open.length - 1] : -1);
    open.push(at);
  });
  return (step) => {
    let low = 0, high = calls.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (calls[middle][0] <= step) low = middle + 1;
      else high = middle;
    }
    let at = low - 1;
    while (at >= 0 && calls[at][1] < step) at = around[at];
    return at < 0 ? null : calls[at];
  };
}
