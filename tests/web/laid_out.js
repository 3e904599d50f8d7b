// How long the river of 10,000 operations takes, from the record to the layout: `npm run river`. The goal is 200 ms.

import { pathAt, viewOf } from "../../explorer/ui/web/river/fold.js";
import { layoutOf } from "../../explorer/ui/web/river/layout.js";
import { riverOf } from "../../explorer/ui/web/river/tree.js";
import { randomOf, recordOf } from "./programs.js";

const OPERATIONS = 10_000, TURNS = 9;
const random = randomOf(1);
const some = (count) => Array.from({ length: count }, () => `op${random(500)}`);
const models = {
  "one after the other, all different": ["Net", ...some(OPERATIONS)],
  "in 100 modules": ["Net", ...Array.from({ length: 100 }, () => ["Layer", ...some(OPERATIONS / 100)])],
  "in a loop of 2,500 rounds": ["Net", ...Array.from({ length: OPERATIONS / 4 }, () => ["a", "b", "c", ["Linear", "d"]]).flat()],
};

for (const [name, model] of Object.entries(models)) {
  const record = recordOf(model), step = record.count >> 1, took = [];
  for (let turn = 0; turn < TURNS; turn++) {
    const start = process.cpuUsage();
    const river = riverOf(record, record.payload.river), view = viewOf(river.root, pathAt(river.root, step), { opened: new Set(), closed: new Set() });
    const focusOf = ({ children }) => Math.max(0, children.findIndex(({ item }) => item.last >= step));
    layoutOf(river, view, { room: 1200, most: 200, text: 13, width: (text) => text.length * 7, running: null, focusOf });
    const { user, system } = process.cpuUsage(start);
    took.push((user + system) / 1000);
  }
  took.sort((a, b) => a - b);
  console.log(`${OPERATIONS} operations, ${name}: median ${took[TURNS >> 1].toFixed(0)} ms, longest of ${TURNS} ${took[TURNS - 1].toFixed(0)} ms`);
}
