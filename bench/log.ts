// `node bench/log.ts`: the log against a bare conditional put on the same embedded database, in one run, in turns; and a decision in a long stream
// against one in a short stream. Prints medians and their ratios.
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { DynamoLog } from '../aws/dynamo-log.ts';
import { DynamoViews } from '../aws/dynamo-views.ts';
import type { Event } from '../domain/events.ts';
import type { Commit } from '../domain/ports.ts';
import { Service } from '../functions/decide.ts';
import { openEmbeddedDatabase } from '../local/embedded-database.ts';
import { pipelineDefined } from '../test/contracts/service-ports.ts';

const ROUNDS = 600;
const EVENTS_A_COMMIT = 50;
const clock = { now: () => new Date().toISOString() };
const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

const blocked = (n: number): Event => ({
  type: 'StepBlocked',
  pipeline: 'application',
  release: 1,
  step: 'wave-1/one-box',
  lookedAt: clock.now(),
  policy: 'p'.repeat(64),
  blockers: [{ kind: 'slot', slot: 'wave-1/one-box', heldBy: n + 1 }],
});
const commitOf = (stream: string, seq: number, events: Event[]): Commit<Event> => ({
  stream,
  seq,
  at: clock.now(),
  by: 'bench',
  commandId: `c${seq}`,
  schemaVersion: 1,
  events,
});

const database = await openEmbeddedDatabase(null);
const [log, views] = [new DynamoLog(database.client), new DynamoViews(database.client)];
const service = (stream: string) => new Service(stream, { log, views, clock, code: 'bench', backOff: async () => {} });

const bare: number[] = [];
const append: number[] = [];
const decided: number[] = [];
const decider = service('decided');
for (let i = 1; i <= ROUNDS; i++) {
  const Item = commitOf('bare', i, [blocked(i)]);
  bare.push(
    await timed(() =>
      database.client.send(new PutCommand({ TableName: 'Events', Item, ConditionExpression: 'attribute_not_exists(seq)' })),
    ),
  );
  append.push(await timed(() => log.append(commitOf('log', i, [blocked(i)]))));
  const command = { type: 'HoldPipeline', pipeline: 'application', reason: `r${i}`, heldBy: 'bench' } as const;
  if (i === 1) await decider.decide(pipelineDefined('application'), { by: 'bench', commandId: 'define' });
  decided.push(
    await timed(() =>
      decider.decide(i % 2 === 1 ? command : { type: 'ResumePipeline', pipeline: 'application', by: 'bench', reason: 'mended', back: [] }, {
        by: 'bench',
        commandId: `c${i}`,
      }),
    ),
  );
}

/** A stream of so many events, and deciders that know it: one warm, one that starts from the snapshot. */
async function streamOf(events: number) {
  const stream = `stream-${events}`;
  const warm = service(stream);
  await warm.decide(pipelineDefined('application'), { by: 'bench', commandId: 'define' });
  const many = Array.from({ length: EVENTS_A_COMMIT }, (_, i) => blocked(i));
  const commits = Math.max(1, Math.round(events / EVENTS_A_COMMIT));
  for (let seq = 2; seq <= commits; seq++) await log.append(commitOf(stream, seq, many));
  for (let i = 0; i < 60; i++) await toggle(warm, i);
  return { stream, warm };
}
let toggles = 0;
const toggle = (on: Service, i: number) =>
  on.decide(
    i % 2 === 0
      ? { type: 'HoldPipeline', pipeline: 'application', reason: 'r', heldBy: 'bench' }
      : { type: 'ResumePipeline', pipeline: 'application', by: 'bench', reason: 'mended', back: [] },
    { by: 'bench', commandId: `t${toggles++}` },
  );

const [short, long] = [await streamOf(100), await streamOf(100_000)];
const times = { shortWarm: [] as number[], longWarm: [] as number[], shortCold: [] as number[], longCold: [] as number[] };
for (let i = 0; i < 200; i++) {
  times.shortWarm.push(await timed(() => toggle(short.warm, i)));
  times.longWarm.push(await timed(() => toggle(long.warm, i)));
  times.shortCold.push(await timed(() => service(short.stream).state()));
  times.longCold.push(await timed(() => service(long.stream).state()));
}
await database.close();

const ms = (values: readonly number[]) => `${median(values).toFixed(2)} ms`;
const ratio = (a: readonly number[], b: readonly number[]) => (median(a) / median(b)).toFixed(2);
process.stdout.write(
  [
    `bare conditional put        ${ms(bare)}`,
    `append, schema checked      ${ms(append)}   ${ratio(append, bare)} of the bare put (aim: 1.3 at most)`,
    `load, decide, append        ${ms(decided)}   ${ratio(decided, bare)} of the bare put`,
    `decision after 100,000 events ${ms(times.longWarm)}, after 100 ${ms(times.shortWarm)}: ratio ${ratio(times.longWarm, times.shortWarm)} (aim: 1.2 at most)`,
    `state from snapshot, 100,000 events ${ms(times.longCold)}, 100 ${ms(times.shortCold)}: ratio ${ratio(times.longCold, times.shortCold)}`,
    '',
  ].join('\n'),
);
