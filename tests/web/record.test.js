import assert from "node:assert/strict";
import test from "node:test";
import { BACKWARD, indexRecord, linesOfFrame, NEVER, stackAt } from "../../explorer/ui/web/shared/record.js";
import { hook, payloads, runs, stepsIn, toy } from "./fixture.js";

for (const [name, record] of Object.entries(runs)) {
  test(`each step of ${name} belongs to one frame and one function`, () => {
    const withFrame = record.steps.frame.filter((frame) => frame >= 0).length;
    assert.equal(record.stepsOfFrame.flat().length, withFrame);
    assert.equal(record.stepsOfCode.flat().length, withFrame);
    for (const steps of record.stepsOfFrame) assert.deepEqual(steps, [...steps].sort((a, b) => a - b));
  });

  test(`a statement of ${name} is complete before the next one of its frame`, () => {
    record.completedAt.forEach((at, step) => {
      assert.ok(at >= step);
      const frame = record.steps.frame[step];
      for (const other of frame < 0 ? [] : record.stepsOfFrame[frame]) assert.ok(other <= step || other > at);
    });
  });
}

test("a statement that calls is complete when the call is back", () => {
  assert.equal(toy.completedAt[2], 6); // `y = inner(x)` runs from 2 to 6
  assert.equal(toy.completedAt[3], 3);
  assert.deepEqual(toy.changesOfFrame[0].map(({ name, at }) => [name, at]).slice(0, 3), [["x", 1], ["y", 6], ["_", 7]]);
});

test("changes come in the order in which they are complete", () => {
  for (const record of Object.values(runs)) {
    for (const changes of record.changesOfFrame) {
      const at = changes.map((change) => change.at);
      assert.deepEqual(at, [...at].sort((a, b) => a - b));
    }
  }
});

test("the stack goes from the outermost frame to the step's own", () => {
  assert.deepEqual(stackAt(toy, 0), []);
  assert.deepEqual(stackAt(toy, 1), [0]);
  assert.deepEqual(stackAt(toy, 4), [0, 1]);
  const [inHook] = stepsIn(hook, "doubled");
  assert.deepEqual(stackAt(hook, inHook).map((frame) => hook.frames.function[frame]).slice(-2), ["double#1", "doubled"]);
});

test("a line runs at its first step, or never", () => {
  const lines = linesOfFrame(toy, 0);
  assert.equal(lines.ran(2), 2);
  assert.equal(lines.ran(3), 7); // runs three times: 7, 9, 11
  assert.equal(lines.ran(6), NEVER);
  assert.equal(lines.raised(2), NEVER);
  assert.equal(linesOfFrame(toy, 0), lines);
});

test("an exception does not make its line one that ran again", () => {
  const payload = structuredClone(payloads.toy);
  payload.steps.kind[5] = "exception";
  const lines = linesOfFrame(indexRecord(payload), 1);
  assert.equal(lines.raised(6), 5); // line 13 of the file, line 6 of the function
  assert.equal(lines.ran(6), 6);
});

test("the look-up belongs to the outermost call, and each module call has its phases", () => {
  assert.equal(hook.call[0], hook.call[1]);
  const relu = hook.calls.get("relu#1");
  assert.equal(hook.frames.module[relu.frame], "relu");
  const steps = [...relu.phases.values()];
  assert.deepEqual([...relu.phases.keys()].includes("hooks"), true);
  for (const [phase, first] of relu.phases) assert.equal(hook.steps.phase[first], phase);
  for (const step of steps) assert.equal(hook.call[step], "relu#1");
});

test("a function has the phase of the call that it serves", () => {
  const [inRelu] = stepsIn(hook, "relu");
  assert.equal(hook.phase[inRelu], "forward");
  const [inHook] = stepsIn(hook, "doubled");
  assert.equal(hook.phase[inHook], "hooks");
});

test("steps of backward() belong to no call", () => {
  const payload = structuredClone(payloads.toy);
  payload.steps.frame[13] = -1;
  payload.steps.phase[13] = BACKWARD;
  payload.frames.role = ["forward", "other"];
  const record = indexRecord(payload);
  assert.equal(record.call[13], BACKWARD);
  assert.equal(record.calls.get(BACKWARD).phases.get(BACKWARD), 13);
});
