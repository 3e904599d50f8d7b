import assert from "node:assert/strict";
import test from "node:test";
import { moves, narrationAt, positionsOf, stateAt, stepAtLine, valuesAt, walkAlong, walkOf } from "../../explorer/ui/web/shared/walk.js";
import { feedforward, hook, runs, stepsIn, toy } from "./fixture.js";

const LEVELS = [1, 2, 3];

for (const [name, record] of Object.entries(runs)) {
  for (const level of LEVELS) {
    test(`level ${level} of ${name} shows its steps, and each step has a position`, () => {
      const walk = walkOf(record, level);
      assert.ok(walk.order.every((step) => record.steps.level[step] <= level));
      assert.equal(walk.total, record.steps.level.filter((each) => each <= level).length);
      walk.order.forEach((step, k) => assert.equal(walk.positionOf[step], k));
      for (let step = walk.order[0]; step < record.count; step++) {
        const k = walk.positionOf[step];
        assert.ok(walk.order[k] <= step && step <= walk.covers[k]);
      }
    });

    test(`level ${level} of ${name} is walked to its end and back`, () => {
      const walk = walkOf(record, level);
      let k = moves.first(walk, 5);
      for (let n = 1; n < walk.total; n++) assert.equal(k = moves.forward(walk, k), n);
      assert.equal(moves.forward(walk, k), k);
      assert.equal(moves.last(walk, 0), k);
      for (let n = walk.total - 2; n >= 0; n--) assert.equal(k = moves.back(walk, k), n);
      assert.equal(moves.back(walk, k), 0);
    });

    test(`over and out of ${name} at level ${level} never go deeper`, () => {
      const walk = walkOf(record, level);
      for (let k = 0; k + 1 < walk.total; k++) {
        for (const [move, limit] of [["over", walk.depth[k]], ["out", walk.depth[k] - 1]]) {
          const next = moves[move](walk, k);
          assert.ok(next > k);
          assert.ok(next === walk.total - 1 || walk.depth[next] <= limit);
          for (let between = k + 1; between < next; between++) assert.ok(walk.depth[between] > limit);
        }
      }
    });
  }
}

test("a level that shows nothing shows everything", () => {
  assert.equal(walkOf(toy, 0).total, toy.count);
});

test("positions before the first shown one are the first", () => {
  assert.deepEqual([...positionsOf([2, 5], 7)], [0, 0, 0, 0, 0, 1, 1]);
});

test("over passes the call, into enters it, out leaves it", () => {
  const walk = walkOf(toy, 3);
  assert.equal(moves.over(walk, 2), 7);
  assert.equal(moves.into(walk, 2), 3);
  assert.equal(moves.out(walk, 4), 7);
});

test("a line is found in the next call of its function, then in the first again", () => {
  assert.equal(stepAtLine(toy, 0, 3, 3, 0), 7);
  assert.equal(stepAtLine(toy, 0, 3, 3, 7), 9);
  assert.equal(stepAtLine(toy, 0, 3, 3, 11), 7);
  assert.equal(stepAtLine(toy, 0, 99, 3, 0), -1);
});

test("of a line's steps, those that the level shows come first", () => {
  const code = feedforward.codes.findIndex(({ lines }) => lines[0]?.[1].startsWith("def _call_impl"));
  const ran = feedforward.stepsOfCode[code].filter((step) => feedforward.steps.kind[step] === "statement");
  for (const step of ran) {
    const found = stepAtLine(feedforward, code, feedforward.steps.line[step], 1, -1);
    const hasShown = ran.some((other) => feedforward.steps.line[other] === feedforward.steps.line[step] && feedforward.steps.level[other] === 1);
    if (hasShown) assert.equal(feedforward.steps.level[found], 1);
  }
});

test("a statement calls where the next shown step is inside, and just ran where that is hidden", () => {
  assert.deepEqual(stateAt(walkOf(toy, 3), 2), { word: "calls", next: -1 });
  const walk = walkOf(toy, 2);
  assert.deepEqual(stateAt(walk, 2), { word: "just ran", next: 7 });
  assert.equal(stateAt(walk, 1).word, "entered");
  assert.equal(stateAt(walk, walk.total - 1).word, "returned");
});

test("a return is not the next line: it is part of the one that returns", () => {
  assert.deepEqual(stateAt(walkOf(toy, 3), 12), { word: "just ran", next: -1 });
  assert.equal(stateAt(walkOf(toy, 3), 11).next, 12);
});

test("what a statement will do is told while its call is ahead, and what it did where the call is hidden", () => {
  for (const [step, ahead] of Object.entries(hook.payload.texts_ahead)) {
    const all = walkOf(hook, 3), alone = walkAlong(hook, [Number(step)]);
    assert.equal(stateAt(all, all.positionOf[step]).word, "calls");
    assert.equal(narrationAt(all, all.positionOf[step]), hook.payload.texts[ahead]);
    assert.equal(narrationAt(alone, 0), hook.payload.texts[hook.steps.text[step]]);
  }
  assert.ok(Object.keys(hook.payload.texts_ahead).length);
});

test("values are those of the frame, each with its latest value, what changed apart", () => {
  const walk = walkOf(toy, 2);
  const names = (list) => list.map(({ name }) => name);
  const { changed, unchanged } = valuesAt(walk, 2); // the call of inner is part of this step
  assert.deepEqual([names(changed), names(unchanged)], [["y"], ["x"]]);
  const later = valuesAt(walk, walk.positionOf[8]);
  assert.equal(toy.payload.values[later.changed[0].value].text, "7");
  assert.deepEqual(valuesAt(walk, 0), { changed: [], unchanged: [] });
});

test("an effect that is still to come is not shown", () => {
  const { changed, unchanged } = valuesAt(walkOf(toy, 3), 2); // y is there once inner is back
  assert.deepEqual([...changed, ...unchanged].map(({ name }) => name), ["x"]);
});

test("at a call the values are its arguments", () => {
  const [step] = stepsIn(hook, "doubled");
  const walk = walkOf(hook, 3);
  const { changed, unchanged } = valuesAt(walk, walk.positionOf[step]);
  assert.deepEqual([changed, unchanged.map(({ name }) => name)], [[], ["value"]]);
});
