// What the panes decide before they draw.

import assert from "node:assert/strict";
import test from "node:test";
import { grouped, shortened } from "../../explorer/ui/web/player/stack.js";
import { chapters, failures, profile } from "../../explorer/ui/web/player/timeline.js";
import { pieces } from "../../explorer/ui/web/shared/highlight.js";
import { moveOf } from "../../explorer/ui/web/shared/keys.js";
import { indexRecord, linesOfFrame } from "../../explorer/ui/web/shared/record.js";
import { lineState } from "../../explorer/ui/web/shared/source.js";
import { sectionsAt } from "../../explorer/ui/web/shared/values.js";
import { walkOf } from "../../explorer/ui/web/shared/walk.js";
import { callOf, feedforward, hook, payloads, runs, toy } from "./fixture.js";

test("the pieces of a line are the line, and its spans are its tokens", () => {
  assert.deepEqual(pieces("x = 1", [[4, 5, "number"]]), [["x = ", ""], ["1", "number"]]);
  assert.deepEqual(pieces("", []), []);
  for (const { codes } of Object.values(runs)) {
    for (const { lines } of codes) {
      for (const [, text, spans] of lines) {
        const found = pieces(text, spans);
        assert.equal(found.map(([piece]) => piece).join(""), text);
        assert.deepEqual(found.flatMap(([, kind]) => kind || []), spans.map(([, , kind]) => kind));
      }
    }
  }
});

test("a line is later, then ran, or not at all", () => {
  const lines = linesOfFrame(toy, 0);
  assert.deepEqual([1, 6, 7, 13].map((step) => lineState(lines, 3, step)), ["later", "later", "ran", "ran"]);
  assert.equal(lineState(lines, 99, 13), "not");
});

test("the timeline is as wide as there are positions, and higher where it is deeper", () => {
  assert.equal(profile([-1, 0, 1]), "M0 100V66.7H1V33.3H2V0.0H3V100Z");
  for (const record of Object.values(runs)) {
    const { depth, total } = walkOf(record, 3);
    assert.equal(profile(depth).match(/H/g).length, total);
  }
});

test("a chapter goes from its first position to behind its last", () => {
  assert.deepEqual(chapters(walkOf(toy, 3)), [{ name: "part", from: 3, to: 7 }]);
  assert.deepEqual(chapters(walkOf(toy, 2)), [{ name: "part", from: 2, to: 3 }]); // all of it is in the step that calls it
});

test("chapters lie one after the other, around the steps of their module", () => {
  for (const record of [feedforward, hook]) {
    const walk = walkOf(record, 2), found = chapters(walk);
    assert.deepEqual(found.map(({ name }) => name), ["fc1", "relu", "fc2"]);
    found.forEach(({ from, to }, n) => {
      const [first, last] = callOf(record, found[n].name);
      assert.ok(walk.order[from] <= first && last <= walk.covers[to - 1]);
    });
    let end = 0;
    for (const { from, to } of found) {
      assert.ok(end <= from && from < to && to <= walk.total);
      end = to;
    }
  }
});

test("an exception is marked where it was raised, and at the last step only if it was raised there", () => {
  const payload = structuredClone(payloads.toy);
  payload.steps.kind[12] = payload.steps.kind[13] = "exception";
  payload.steps.level[12] = 1;
  assert.deepEqual(failures(walkOf(indexRecord(payload), 3)), [12]);
  payload.error = { type: "E", message: "", file: null, line: null, step: 13 };
  assert.deepEqual(failures(walkOf(indexRecord(payload), 3)), [12, 13]);
  assert.deepEqual(failures(walkOf(toy, 3)), []);
});

test("a long run has a bounded outline, as high where it is deepest", () => {
  const depth = Array.from({ length: 300_000 }, (_, k) => (k === 123_456 ? 9 : k % 3));
  const path = profile(depth);
  assert.ok(path.match(/H/g).length <= 4000);
  assert.ok(path.endsWith("H300000V100Z"));
  assert.equal(path.match(/V0\.0/g).length, 1);
});

test("neighbours of one module are a group", () => {
  assert.deepEqual(grouped([1, 2, 3, 4], (frame) => "aaba"[frame - 1]), [[1, 2], [3], [4]]);
  assert.deepEqual(grouped([], String), []);
});

test("a long path keeps its last two parts", () => {
  assert.equal(shortened("layer1.0.conv1"), "…0.conv1");
  assert.equal(shortened("layer1.0"), "layer1.0");
});

test("keys are moves, letters with their case", () => {
  const player = { letters: { d: "next", D: "previous" } };
  const move = (key, shiftKey = false) => moveOf(player, { key, shiftKey });
  assert.equal(move("ArrowRight"), "forward");
  assert.equal(move("ArrowRight", true), undefined);
  assert.equal(move(" "), "play");
  assert.equal(move("d"), "next");
  assert.equal(move("D"), "next"); // caps lock
  assert.equal(move("d", true), "previous");
  assert.equal(move("x"), undefined);
});

test("the values say what came back, what changed by which line, and the rest", () => {
  const walk = walkOf(toy, 2);
  assert.deepEqual(sectionsAt(walk, 0).map(({ title }) => title), ["given to the call"]);
  assert.deepEqual(sectionsAt(walk, 0)[0].entries[0].slice(0, 2), ["argument 1", null]);
  assert.deepEqual(sectionsAt(walk, 1).map(({ title }) => title), ["arguments"]);
  assert.deepEqual(sectionsAt(walk, 2).map(({ title, style }) => [title, style]), [["changed by line 2", "fresh"], ["in this frame", ""]]);
  const titles = sectionsAt(walk, walk.total - 1).map(({ title }) => title);
  assert.equal(titles[0], "returned");
  assert.equal(titles.at(-1), "model(x) gave");
});

test("values that differ come first, with a sign of it", () => {
  const [, { entries }] = sectionsAt(walkOf(toy, 2), toy.count - 9, ["y"]);
  assert.deepEqual(entries.map(([name, , , differs]) => [name, differs]), [["y", "differs"], ["x", undefined]]);
});

test("a step that changed nothing says so", () => {
  const payload = structuredClone(payloads.toy);
  payload.changes = {};
  assert.deepEqual(sectionsAt(walkOf(indexRecord(payload), 3), 4), [{ title: "", style: "none", entries: [] }]);
});
