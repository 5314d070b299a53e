import { InvalidInput, Refused } from '../../domain/errors.ts';
import { compile } from '../../domain/pipeline/compile.ts';
import { definePipeline } from '../../functions/define-pipeline.ts';
import { onAlarm } from '../../functions/on-alarm.ts';
import { onPush } from '../../functions/on-push.ts';
import { PERSONS_COMMANDS } from '../../functions/persons-commands.ts';
import type { PipelineId } from '../../functions/pipeline-id.ts';
import { reconcile } from '../../functions/reconcile.ts';
import { type Alarm, aggregateOf, oneBoxAlarmOf } from './alarm-board.ts';
import type { ChaosWorld } from './chaos-world.ts';
import type { Act, PersonsAct } from './scenario.ts';
import { APPROVER, PERSON, pipelineOf, REGIONS } from './small-pipeline.ts';

/** A way home that has been silent for so long reads as that. */
const NOTICED_MS = 5 * 60_000;

type Performers = { readonly [K in Act['kind']]: (world: ChaosWorld, act: Extract<Act, { kind: K }>) => Promise<void> };

/** What each kind of act does to the world. */
const PERFORMERS: Performers = {
  push: async (world, { changes, arrivals }) => {
    for (const change of changes) {
      const { sha, ...over } = world.mainline.commit(change);
      world.source.push(sha, over);
    }
    await pushed(world, arrivals);
  },
  alarm: async (world, { region, scope, pipeline, minutes, arrivals, clearArrivals }) => {
    const where = REGIONS[region] ?? REGIONS[0];
    const alarm = scope === 'aggregate' ? aggregateOf(where) : oneBoxAlarmOf(where, world.idAt(pipeline).id);
    const cause = `act ${world.nextAct()}`;
    if (world.board.raise(alarm, cause, world.nowMs)) announce(world, alarm, 'ALARM', arrivals);
    world.later(minutes * 60_000, async () => {
      if (world.board.clear(alarm, cause, world.nowMs)) announce(world, alarm, 'OK', clearArrivals);
    });
  },
  sickBox: async (world, { pipeline, cell, box, minutes }) => {
    const { id } = world.idAt(pipeline);
    const cells = world.boxes.cells.filter((c) => c.pipeline === id);
    const sick = `${id} ${cells[cell % Math.max(1, cells.length)]?.cell} b${box + 1}`;
    world.boxes.sick.add(sick);
    world.later(minutes * 60_000, async () => void world.boxes.sick.delete(sick));
  },
  meddle: async (world, { pipeline, cell, minutes }) => {
    const { id } = world.idAt(pipeline);
    const cells = world.boxes.cells.filter((c) => c.pipeline === id);
    const meddled = `${id} ${cells[cell % Math.max(1, cells.length)]?.cell}`;
    world.boxes.meddled.add(meddled);
    world.later(minutes * 60_000, async () => void world.boxes.meddled.delete(meddled));
  },
  silence: async (world, { region, minutes }) => {
    const { mute, silent } = world.board.pathOf(REGIONS[region] ?? REGIONS[0]);
    const cause = `act ${world.nextAct()}`;
    mute.add(cause);
    world.later(NOTICED_MS, async () => void (mute.has(cause) && silent.add(cause)));
    world.later(minutes * 60_000, async () => {
      mute.delete(cause);
      silent.delete(cause);
    });
  },
  define: async (world, { pipeline, shape }) => {
    const place = world.placeOf(pipeline);
    const { layout, shapes } = world.scenario;
    // What two releases do that go through a Region in different waves is not decided.
    const { waves, cells } = shapes[place] ?? shape;
    const compiled = compile(pipelineOf(layout, place, { ...shape, waves, cells }));
    await world.deliver((ports) => definePipeline(ports, { ...compiled, baseline: world.baseline }, PERSON));
  },
  person: (world, { pipeline, asks: given }) => asks(world, world.idAt(pipeline), given),
  stop: async ({ runtime: { stepFunctions } }, { which }) => {
    const running = stepFunctions.executions().filter((e) => e.status === 'RUNNING');
    const stopped = which === 'all' ? running : running.slice(which % Math.max(1, running.length)).slice(0, 1);
    for (const { machine, name } of stopped) stepFunctions.stop(machine, name);
  },
  reconcile: (world) => reconcileAll(world),
  crash: async (world) => world.crash(),
};

export const perform = (world: ChaosWorld, act: Act): Promise<void> =>
  (PERFORMERS[act.kind] as (world: ChaosWorld, act: Act) => Promise<void>)(world, act);

export async function reconcileAll(world: ChaosWorld): Promise<void> {
  for (const { id } of world.ids) await world.deliver((ports) => reconcile(ports)({ pipeline: id }));
}

/** The event of the mainline's head to each pipeline, as often as it comes. */
export async function pushed(world: ChaosWorld, arrivals: readonly number[]): Promise<void> {
  const revision = world.head;
  for (const { id } of world.ids)
    for (const seconds of arrivals) world.later(seconds * 1000, () => world.deliver((ports) => onPush(ports)({ pipeline: id, revision })));
}

/** A person tries again until it works or is refused: the command is the same. */
export async function asks(world: ChaosWorld, { id }: PipelineId, given: PersonsAct): Promise<void> {
  const { command, ...rest } = given;
  const reason = 'it has to be';
  const ask = (name: string, fields: object) => {
    const payload = { pipeline: id, by: PERSON, commandId: `${world.nextAct()}`, ...fields };
    return world.deliver((ports) => unlessRefused(PERSONS_COMMANDS.get(name)?.run(ports, payload)));
  };
  const until = 'minutes' in rest ? { until: new Date(world.nowMs + rest.minutes * 60_000).toISOString() } : {};
  if ('minutes' in rest) {
    const { minutes: _, ...fields } = rest;
    await ask(command, { ...fields, ...until, reason });
  } else if ('from' in rest) await ask(command, { release: rest.release, ...whereOf(rest.from), reason });
  else await ask(command, { ...rest, reason });
  if (given.command === 'expedite') await ask('approve', { by: APPROVER, release: given.release });
}

function whereOf(from: string): object {
  if (from === 'everywhere') return { everywhere: true };
  if (from === 'a Region') return { region: REGIONS[0] };
  return from === 'its wave' ? {} : { wave: from };
}

/** Who is told no has an answer. */
async function unlessRefused(answer: Promise<unknown> | undefined): Promise<void> {
  await answer?.catch((thrown: unknown) => {
    if (!(thrown instanceof Refused || thrown instanceof InvalidInput)) throw thrown;
  });
}

/** The events of an alarm's change of state. */
export function announce(world: ChaosWorld, alarm: Alarm, state: 'OK' | 'ALARM', arrivals: readonly number[]): void {
  if (world.board.pathOf(alarm.region).mute.size > 0) return;
  const changedAt = new Date(world.nowMs).toISOString();
  const measured = { alarm: 'High_Fault_Rate', metric: 'FaultRate', value: 12, threshold: 5, comparison: 'above' } as const;
  const event = { team: world.definition.team, ...alarm, state, changedAt, measured };
  for (const seconds of arrivals) world.later(seconds * 1000, () => world.deliver((ports) => onAlarm(ports)(event)));
}
