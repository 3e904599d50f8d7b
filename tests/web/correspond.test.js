// The reader stays at the step that corresponds when a setting is changed.

import assert from "node:assert/strict";
import test from "node:test";
import { correspondingStep } from "../../explorer/ui/web/shared/correspond.js";
import { stackAt } from "../../explorer/ui/web/shared/record.js";
import { shownUntil, walkOf } from "../../explorer/ui/web/shared/walk.js";
import { feedforward, hook, runs } from "./fixture.js";

// What a reader sees of a step: its line, its function, and the modules that are running.
function seen({ steps, frames, codes }, step) {
  const names = stackAt({ steps, frames }, step).map((frame) => `${frames.function[frame]} of ${frames.module[frame]}`);
  const frame = steps.frame[step];
  return [steps.kind[step], steps.line[step], frame < 0 ? "" : codes[frames.code[frame]].file, ...names];
}

test("in the same run every step corresponds to itself", () => {
  for (const record of Object.values(runs)) {
    for (let step = 0; step < record.count; step++) assert.equal(correspondingStep(record, step, record), step);
  }
});

test("what both runs have corresponds, there and back", () => {
  for (const [from, to] of [[feedforward, hook], [hook, feedforward]]) {
    let same = 0, last = 0;
    for (let step = 0; step < from.count; step++) {
      const found = correspondingStep(from, step, to);
      if (String(seen(from, step)) !== String(seen(to, found))) continue;
      same++;
      assert.equal(correspondingStep(to, found, from), step);
      assert.ok(found >= last, "in the order of both");
      last = found;
    }
    assert.ok(same > 0.6 * Math.min(from.count, to.count));
  }
});

test("a step that the other run does not have leads to where it left the way that both have", () => {
  const inHook = hook.steps.frame.findIndex((frame) => frame >= 0 && hook.frames.role[frame] === "hook");
  const found = correspondingStep(hook, inHook, feedforward);
  const caller = hook.frames.caller[hook.steps.frame[inHook]];
  assert.equal(feedforward.frames.module[feedforward.steps.frame[found]], hook.frames.module[caller]);
});

test("what is lit is what the code shows: steps of the shown statement, and of what it calls", () => {
  for (const record of Object.values(runs)) {
    for (const level of [1, 2, 3]) {
      const walk = walkOf(record, level);
      walk.order.forEach((shown, k) => {
        for (let step = shown + 1; step <= shownUntil(walk, k); step++) {
          const stack = stackAt(record, step);
          assert.ok(stack.includes(record.steps.frame[shown]), "inside the frame that is shown");
          assert.notEqual(stack.at(-1), record.steps.frame[shown], "and no further statement of it");
        }
        if (record.steps.kind[shown] !== "statement") assert.equal(shownUntil(walk, k), shown);
      });
    }
  }
});
