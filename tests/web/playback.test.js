import assert from "node:assert/strict";
import test from "node:test";
import { stepper } from "../../explorer/ui/web/shared/playback.js";

function playing(context, { at = 0, last = 3, delay = () => 100 } = {}) {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const seen = { at, changes: [] };
  const { pause, toggle } = stepper({
    atEnd: () => seen.at === last,
    rewind: () => { seen.at = 0; },
    advance: () => { seen.at++; },
  }, { delay, changed: (on) => seen.changes.push(on) });
  return { seen, pause, toggle, wait: (time) => context.mock.timers.tick(time) };
}

test("it advances once a delay, until the end, and stops there", (context) => {
  const { seen, toggle, wait } = playing(context);
  toggle();
  assert.deepEqual([seen.at, seen.changes], [0, [true]]);
  wait(100);
  assert.equal(seen.at, 1);
  wait(100);
  wait(100);
  assert.deepEqual([seen.at, seen.changes], [3, [true, false]]);
  wait(1000);
  assert.equal(seen.at, 3);
});

test("at the end it begins again", (context) => {
  const { seen, toggle } = playing(context, { at: 3 });
  toggle();
  assert.equal(seen.at, 0);
});

test("a pause holds, and is told once", (context) => {
  const { seen, pause, toggle, wait } = playing(context);
  toggle();
  wait(100);
  pause();
  pause();
  wait(1000);
  assert.deepEqual([seen.at, seen.changes], [1, [true, false]]);
  toggle();
  wait(100);
  assert.equal(seen.at, 2);
});

test("another speed counts from the next step on", (context) => {
  let delay = 100;
  const { seen, toggle, wait } = playing(context, { last: 10, delay: () => delay });
  toggle();
  delay = 10;
  wait(90);
  assert.equal(seen.at, 0);
  wait(10);
  for (let n = 0; n < 3; n++) wait(10);
  assert.equal(seen.at, 4);
});
