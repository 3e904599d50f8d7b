// Payloads of real runs, which `python -m tests.helpers.web_fixture` writes; "toy" is counted on paper in toy.py.

import { readFileSync } from "node:fs";
import { pathsOf } from "../../explorer/ui/web/river/tree.js";
import { indexRecord } from "../../explorer/ui/web/shared/record.js";

export const payloads = JSON.parse(readFileSync(new URL("payload.json", import.meta.url), "utf8"));
export const toy = indexRecord(payloads.toy);
export const feedforward = indexRecord(payloads.feedforward);
export const hook = indexRecord(payloads.hook);
export const runs = { toy, feedforward, hook };

// The steps whose function has this name.
export function stepsIn(record, name) {
  return record.steps.frame.flatMap((frame, step) => (frame >= 0 && record.frames.function[frame] === name ? [step] : []));
}

// The first and the last step of a module's first call.
export function callOf({ payload }, path) {
  const { calls } = payload.river, at = pathsOf(calls).indexOf(path);
  return [calls.first[at], calls.last[at]];
}
