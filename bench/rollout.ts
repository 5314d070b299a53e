// `node bench/rollout.ts`: one release through 24 Regions in virtual time, with faked boxes and alarms: the machines, the handlers and the decisions alone.
import { ArticlePipeline } from '../test/domain/article-pipeline.ts';
import { World } from '../test/statemachines/world.ts';

const walls: number[] = [];
let summary = '';
for (let run = 0; run < 5; run++) {
  const world = new World(ArticlePipeline);
  await world.define();
  world.pushAt('2026-11-02T09:00:00.000Z', 'good');
  const start = performance.now();
  await world.clock.run();
  walls.push(performance.now() - start);
  const executions = world.runtime.stepFunctions.executions();
  const transitions = executions.reduce((sum, e) => sum + e.transitions, 0);
  const events = (await world.commits()).flatMap((c) => c.events).length;
  const hours = (Date.parse('2026-11-06T15:20:00Z') - Date.parse('2026-11-02T09:00:00Z')) / 3_600_000;
  summary = `${hours.toFixed(1)} virtual hours, ${executions.length} executions, ${transitions} state transitions (aim: 6,000 at most), largest history ${Math.max(...executions.map((e) => e.historyEvents))} events, ${events} events in the log`;
}
const wall = walls.toSorted((a, b) => a - b)[2] ?? 0;
process.stdout.write(`${summary}\nmedian of 5 runs: ${Math.round(wall)} ms\n`);
