// The river: what is open, where it is drawn, and what links it, over many models.

import assert from "node:assert/strict";
import test from "node:test";
import { childrenOf, isBox, openNote, pathAt, viewOf } from "../../explorer/ui/web/river/fold.js";
import { layoutOf } from "../../explorer/ui/web/river/layout.js";
import { shiftsOf } from "../../explorer/ui/web/river/motion.js";
import { runs } from "../../explorer/ui/web/river/paint.js";
import { stationsAt } from "../../explorer/ui/web/river/stations.js";
import { riverOf } from "../../explorer/ui/web/river/tree.js";
import { runs as records } from "./fixture.js";
import { modelOf, randomOf, recordOf } from "./programs.js";

const NOTHING = { opened: new Set(), closed: new Set() };
const randomly = Array.from({ length: 120 }, (_, seed) => recordOf(modelOf(randomOf(seed)), randomOf(seed)));
const every = [...Object.values(records), ...randomly];

// A river with what the walk opens at a step, what a reader opened by chance, and its layout.
function drawnAt(record, step, { room = 1200, most = 300, random = () => 1, running = true } = {}) {
  const river = riverOf(record, record.payload.river), path = pathAt(river.root, step);
  const wishes = { opened: new Set(), closed: new Set() };
  for (const item of everyItem(river.root)) if (isBox(item) && !random(5)) wishes[random(3) ? "opened" : "closed"].add(item);
  const view = viewOf(river.root, path, wishes);
  const item = [...path.keys()].find(({ call }) => call && call === record.call[step]);
  const focusOf = ({ children }) => {
    const next = children.findIndex((child) => child.item.last >= step);
    return next < 0 ? children.length - 1 : next;
  };
  const counted = { texts: 0 };
  const width = (text) => { counted.texts++; return text.length * 7; };
  const layout = layoutOf(river, view, {
    room, most, text: 13, width, running: item && running ? { item, stations: stationsAt(record, step) } : null, focusOf,
  });
  return { river, path, view, layout, counted, focusOf };
}

function everyItem(item) {
  const inside = item.rounds.length ? item.rounds.flat() : item.children;
  return [item, ...inside.flatMap(everyItem)];
}

const everyBox = (boxes) => boxes.flatMap((box) => [box, ...everyBox(box.children)]);

// Some steps of a record, at any depth.
const stepsOf = (record) => [0, 0.2, 0.37, 0.5, 0.81, 1].map((part) => Math.round(part * (record.count - 1)));

test("the tree has each operation once, in the order in which they ran", () => {
  for (const record of every) {
    const { root, operations } = riverOf(record, record.payload.river);
    const found = everyItem(root).filter(({ key }) => key.startsWith("n"));
    assert.deepEqual(found.map(({ key }) => key), operations.map(({ key }) => key));
    assert.equal(root.count, operations.length);
    const calls = everyItem(root).filter(({ kind }) => kind === "call");
    assert.equal(calls.length, record.payload.river.calls.module.length);
  }
});

test("what an item contains has it as its parent, and runs while it runs", () => {
  for (const record of every) {
    for (const item of everyItem(riverOf(record, record.payload.river).root)) {
      for (const child of item.rounds.length ? item.rounds.flat() : item.children) {
        assert.equal(child.parent, item);
        assert.ok(item.first <= child.first && child.last <= item.last, `${item.key} ${child.key}`);
      }
    }
  }
});

test("each operation is in exactly one box", () => {
  for (const [n, record] of every.entries()) {
    for (const step of stepsOf(record)) {
      const { river, layout } = drawnAt(record, step, { random: randomOf(n + step) });
      const boxes = everyBox(layout.boxes);
      const shown = boxes.flatMap(({ members }) => members.filter(({ open }) => !open).map(({ item }) => item));
      const rounds = boxes.filter(({ view }) => view.open && view.item.kind === "repeat").flatMap(({ view }) => view.item.rounds.filter((_, at) => at !== view.round).flat());
      const keys = [...shown, ...rounds].flatMap((item) => everyItem(item).map(({ key }) => key)).filter((key) => key.startsWith("n"));
      assert.equal(new Set(keys).size, keys.length);
      assert.equal(keys.length, river.operations.length);
    }
  }
});

test("nothing overlaps: boxes lie beside each other, inside the one around them", () => {
  const close = 0.01;
  for (const [n, record] of every.entries()) {
    for (const step of stepsOf(record)) {
      const { layout } = drawnAt(record, step, { random: randomOf(n + step), room: [300, 700, 1200][n % 3], most: [90, 300][n % 2] });
      const visit = (boxes, left, right, top, bottom) => {
        let x = left;
        for (const box of boxes) {
          const [from, wide] = box.members[0].open ? [box.x, box.width] : box.room;
          assert.ok(from >= x - close && from + wide <= right + close, "beside");
          assert.ok(box.y >= top - close && box.y + box.height <= bottom + close, "inside");
          assert.ok(from - close <= box.x && box.x + box.width <= from + wide + close, "over what is written below");
          x = from + wide;
          visit(box.children, box.x, box.x + box.width, box.y, box.y + box.height);
        }
      };
      visit(layout.boxes, 0, layout.width, 0, layout.height);
    }
  }
});

test("where the height is little, the names of the boxes between stand in a row, and the river is lower", () => {
  const deep = recordOf(["A", ["B", ["C", ["D", "relu", "mul"], "add"], "add"], "add"]);
  const step = deep.payload.river.operations.first[1];
  const [high, low] = [300, 100].map((most) => drawnAt(deep, step, { most }).layout);
  assert.ok(low.height < high.height);
  const open = everyBox(low.boxes).filter(({ view }) => view.open);
  assert.equal(open.length, 4);
  assert.deepEqual(open.map(({ head, y }) => head[1] === y), [true, false, false, true]);
  const row = open.slice(0, 3).map(({ head }) => head);
  assert.ok(row.every(([, y]) => y === row[0][1]));
  row.slice(1).forEach(([x], at) => assert.ok(x > row[at][0]));
});

test("every link goes forwards, and stays inside its box", () => {
  for (const [n, record] of every.entries()) {
    for (const step of stepsOf(record)) {
      const { layout } = drawnAt(record, step, { random: randomOf(n) });
      const visit = (boxes, lines, top) => {
        for (const { link, points } of lines) {
          assert.ok(link.from < link.to);
          points.slice(1).forEach(([x], at) => assert.ok(x >= points[at][0] - 0.01));
          for (const [, y] of points) assert.ok(y >= top, "above the box");
        }
        for (const box of boxes) visit(box.children, box.lines, box.y);
      };
      visit(layout.boxes, layout.lines, 0);
    }
  }
});

test("from the input of a model a link leads to what takes it, at every depth", () => {
  for (const record of every) {
    for (const step of stepsOf(record)) {
      const { river, layout } = drawnAt(record, step);
      const boxes = everyBox([{ view: null, members: [], children: layout.boxes, lines: layout.lines }]);
      const placeOf = (item) => boxes.find(({ members }) => members.some((view) => view.item === item && !view.open));
      for (const [from, to] of river.edges) {
        const [source, target] = [placeOf(from), placeOf(to)];
        if (!source || !target || source === target) continue;
        const parent = boxes.find(({ children }) => children.includes(source));
        const at = parent.children.indexOf(source), beside = parent.children.indexOf(target);
        const wanted = beside < 0 ? undefined : beside;
        assert.ok(parent.lines.some(({ link }) => link.from === at && (wanted === undefined || link.to === wanted)));
      }
    }
  }
});

test("the walk opens what it is in, and nothing else but what there is alone", () => {
  for (const record of every) {
    for (const step of stepsOf(record)) {
      const river = riverOf(record, record.payload.river), path = pathAt(river.root, step);
      for (const [item, round] of path) {
        assert.ok(runs(item, step, step));
        if (item.kind === "repeat") assert.ok(childrenOf(item, round)[0].first <= step);
      }
      const open = everyItem(river.root).filter((item) => isBox(item) && runs(item, step, step) && (item.kind === "call" || item.kind === "hook"));
      for (const item of open) assert.ok(path.has(item), `${item.key} at ${step}`);
      const isOpen = (view) => view.open && !path.has(view.item);
      const visit = (view) => {
        for (const child of view.children) {
          if (isOpen(child)) assert.ok(view.children.filter(({ item }) => isBox(item)).length === 1);
          visit(child);
        }
      };
      visit(viewOf(river.root, path, NOTHING));
    }
  }
});

test("what a reader opens is open, and what they close is closed", () => {
  const [record] = randomly;
  const { root } = riverOf(record, record.payload.river);
  const outermost = root.children.find(({ kind }) => kind === "call");
  const at = root.children.indexOf(outermost), path = pathAt(root, 0);
  assert.ok(viewOf(root, path, NOTHING).children[at].open);
  assert.ok(!viewOf(root, path, { opened: new Set(), closed: new Set([outermost]) }).children[at].open);
  const box = outermost.children.find(isBox) ?? outermost;
  const view = viewOf(root, path, { opened: new Set([box]), closed: new Set() });
  assert.ok([view.children[at], ...view.children[at].children].find(({ item }) => item === box).open);
});

test("it fits where that is possible, and what runs always has its whole width", () => {
  for (const record of every) {
    for (const step of stepsOf(record)) {
      const { layout, view, focusOf } = drawnAt(record, step, { room: 1000, running: false });
      let each = view;
      while (each.open && each.children.length) {
        assert.ok(!each.slim);
        each = each.children[focusOf(each)];
      }
      assert.ok(!each.slim);
      const wide = everyBox(layout.boxes).some(({ view: one, members }) => !one.slim && !one.open && members.length === 1);
      assert.ok(layout.width <= 1000 || wide);
    }
  }
});

test("what comes again and again is one box that shows the round that runs", () => {
  const loop = recordOf(["Loop", ...Array.from({ length: 250 }, () => ["relu", "mul", ["Linear", "add"]]).flat()]);
  const { root } = riverOf(loop, loop.payload.river);
  const model = root.children.find(({ kind }) => kind === "call");
  assert.equal(model.children.length, 1);
  const [repeat] = model.children;
  assert.equal(repeat.note, "× 250");
  assert.equal(repeat.count, 750);
  repeat.rounds.forEach((round, at) => {
    assert.equal(round.length, 3);
    const path = pathAt(root, round[2].first);
    assert.equal(path.get(repeat), at);
    assert.equal(openNote({ item: repeat, round: at }), `round ${at + 1} of 250`);
    assert.ok(path.has(round[2]));
  });
});

test("twice is not again and again, and a few things are shown one by one", () => {
  const twice = recordOf(["Net", ...Array.from({ length: 2 }, () => ["a", "b", "c", "d", "e", "f", "g"]).flat()]);
  const few = recordOf(["Net", "a", "a", "a", "a"]);
  for (const record of [twice, few]) {
    assert.ok(everyItem(riverOf(record, record.payload.river).root).every(({ kind }) => kind !== "repeat"));
  }
});

test("twice as many operations are twice the work", () => {
  const random = randomOf(7);
  const work = (count) => {
    const record = recordOf(["Net", ...Array.from({ length: count }, () => `op${random(500)}`)]);
    return drawnAt(record, record.count >> 1).counted.texts / count;
  };
  assert.ok(work(4000) <= 1.1 * work(2000));
});

test("a hook is a box where it ran", () => {
  const { river } = drawnAt(records.hook, 0);
  const hooks = everyItem(river.root).filter(({ kind }) => kind === "hook");
  assert.equal(hooks.length, 1);
  assert.equal(hooks[0].parent.name, "relu");
  assert.equal(hooks[0].parent.children.at(-1), hooks[0]);
  assert.ok(hooks[0].children.every(({ hooked, kind }) => hooked && kind === "operation"));
});

test("the stations of a call are its phases, those that were passed by among them", () => {
  for (const record of Object.values(records)) {
    for (let step = 0; step < record.count; step++) {
      const stations = stationsAt(record, step);
      const here = record.calls.get(record.call[step]);
      if (!here) assert.deepEqual(stations, []);
      else assert.deepEqual(stations.map(({ phase }) => phase).sort(), [...here.phases.keys()].sort());
      if (stations.length && record.phase[step]) assert.ok(stations.some(({ phase }) => phase === record.phase[step]));
    }
  }
});

test("a box glides from where it was: its shift and those around it lead back there", () => {
  for (const record of every) {
    const steps = stepsOf(record);
    steps.slice(1).forEach((step, n) => {
      const before = drawnAt(record, steps[n]).layout, after = drawnAt(record, step).layout;
      const shifts = shiftsOf(before, after);
      const were = new Map(everyBox(before.boxes).map((box) => [box.view.item.key, box]));
      const visit = (boxes, x, y) => {
        for (const box of boxes) {
          const [right, down] = shifts.get(box.view.item.key) ?? [0, 0], was = were.get(box.view.item.key);
          if (was) {
            const from = [was.x - before.width / 2, was.y - before.height / 2];
            const to = [box.x + x + right - after.width / 2, box.y + y + down - after.height / 2];
            from.forEach((each, at) => assert.ok(Math.abs(each - to[at]) < 2));
          }
          visit(box.children, x + right, y + down);
        }
      };
      visit(after.boxes, 0, 0);
    });
    assert.equal(shiftsOf(null, drawnAt(record, 0).layout).size, 0);
  }
});
