import { eventLines } from '../../cli/watching.ts';
import { hasEnded } from '../../domain/entry/slots.ts';
import type { Event } from '../../domain/events.ts';
import type { Commit } from '../../domain/ports.ts';
import { checkLog, toldViolation } from '../../scripts/check-log/check.ts';
import { asks, pushed } from './acts.ts';
import { ChaosWorld } from './chaos-world.ts';
import type { Recorded } from './processes.ts';
import type { Scenario } from './scenario.ts';
import { unsettled } from './settled.ts';
import { minuteMs } from './small-pipeline.ts';

/** When nothing of the scenario is left to come. */
const CALM_MINUTE = 720;
/** Over a weekend and a holiday. */
const PATIENCE_MS = 14 * 86_400_000;
const MAX_RESUMES = 5;
const MAX_TAKEN_BACK = 5;

export interface ChaosRun {
  readonly violations: readonly string[];
  readonly recorded: readonly Recorded[];
  /** Faults that took effect, by `<operation> <what it does>`. */
  readonly injected: ReadonlyMap<string, number>;
  readonly crashes: number;
  readonly pages: number;
  readonly lostRaces: number;
  readonly staleWrites: number;
  readonly checks: number;
}

/** Plays a scenario to its end, then does what people were asked for, and judges all of it. */
export async function runScenario(scenario: Scenario): Promise<ChaosRun> {
  const world = new ChaosWorld(scenario);
  const violations: string[] = [];
  try {
    await world.define();
    world.gate.isCalm = false;
    for (const { minute, act } of scenario.timeline) world.later(minuteMs(minute) - world.nowMs, () => world.perform(act));
    world.reconcileFrom(30_000);
    await world.runUntil(() => world.nowMs >= minuteMs(CALM_MINUTE));
    calm(world);
    violations.push(...(await settle(world, 'when all is calm')), ...(await checked(world)));
    violations.push(...(await peopleAct(world)), ...(await checked(world)));
    world.judge.atEnd();
    if (!(await world.isReplayed())) violations.push('I9: the log, replayed, gives another state');
  } catch (thrown) {
    violations.push(`the run broke off: ${(thrown as Error).stack}`);
  }
  const { recorded, gate, crashes, pages, judge, surprises } = world;
  const all = [...violations, ...judge.broken, ...surprises.map((s) => `an error that nobody raised: ${s}`)];
  return {
    violations: [...new Set(all)],
    recorded,
    injected: gate.injected,
    crashes,
    pages: pages.length,
    lostRaces: world.lostRaces,
    staleWrites: world.boxes.staleWrites,
    checks: judge.checks,
  };
}

function calm(world: ChaosWorld): void {
  world.gate.isCalm = true;
  world.baselineIsSick = false;
  world.boxes.sick.clear();
  world.boxes.meddled.clear();
}

/** I8, I14: at an end everything has ended or somebody has been asked. */
async function settle(world: ChaosWorld, when: string): Promise<string[]> {
  const untilMs = world.nowMs + PATIENCE_MS;
  let isOver = false;
  const look = async () => {
    isOver = ((await holdsHead(world)) && unsettled(world).length === 0) || world.nowMs >= untilMs;
    if (!isOver) world.later(10 * 60_000, look);
  };
  world.later(60 * 60_000, look);
  await world.runUntil(() => isOver);
  return unsettled(world).map((left) => `I14: ${when} nothing ends for two weeks: ${left}`);
}

/** Whether each pipeline has a release of the mainline's head. */
async function holdsHead(world: ChaosWorld): Promise<boolean> {
  const { head } = world;
  if (head === world.baseline) return true;
  return world.ids.every((id) => Object.values(world.pipelineOf(id).releases).some((r) => r.revisions.some((v) => v.sha === head)));
}

/** Resumes what is held, takes back what burns, and brings a release that takes out all that is bad: it must get everywhere. */
async function peopleAct(world: ChaosWorld): Promise<string[]> {
  const violations = [...(await resumeAll(world)), ...(await takeBackWhatBurns(world))];
  const marked = world.ids.flatMap((id) => Object.keys(world.pipelineOf(id).marks).map(Number));
  const { sha, ...over } = world.mainline.fix([...new Set(marked)]);
  world.source.push(sha, over);
  await pushed(world, [0]);
  violations.push(...(await settle(world, 'when a person has brought the fix')));
  for (const id of world.ids) {
    const { releases, lastRelease } = world.pipelineOf(id);
    const left = Object.values(releases).filter((r) => (r.number === lastRelease ? r.status !== 'completed' : !hasEnded(r)));
    for (const r of left) violations.push(`I8: ${id.id} release ${r.number} is ${r.status}, after the fix of all that is bad`);
  }
  return violations;
}

async function resumeAll(world: ChaosWorld): Promise<string[]> {
  const violations: string[] = [];
  const [first] = world.ids;
  for (const scope of ['team', 'everything'] as const) if (first !== undefined) await asks(world, first, { command: 'resume', of: scope });
  for (let i = 0; i < MAX_RESUMES; i++) {
    const held = world.ids.filter((id) => world.pipelineOf(id).held !== null);
    if (i > 0 && held.length === 0) break;
    for (const id of held) await asks(world, id, { command: 'resume', of: 'pipeline' });
    violations.push(...(await settle(world, 'when a person has resumed what was held')));
  }
  return violations;
}

/** A release may have been promoted before it burns: one after the other is taken back, as long as what ran before it burns, too. */
async function takeBackWhatBurns(world: ChaosWorld): Promise<string[]> {
  const violations: string[] = [];
  for (let i = 0; i < MAX_TAKEN_BACK; i++) {
    const burning = world.ids.flatMap((id) => {
      const newest = Object.values(world.pipelineOf(id).releases).findLast((r) => world.fires.isBurning(id.id, r.number));
      return newest === undefined ? [] : [{ id, release: newest.number }];
    });
    if (burning.length === 0) break;
    for (const { id, release } of burning) await asks(world, id, { command: 'rollback', release, from: 'everywhere' });
    violations.push(...(await settle(world, 'when a person has taken back what burns')));
  }
  return violations;
}

/** The independent checker, over what `groundswell log --json` would print. */
async function checked(world: ChaosWorld): Promise<string[]> {
  const { violations } = await checkLog(linesOf(world.recorded), { isComplete: true });
  return violations.map((v) => toldViolation(v, true));
}

export const linesOf = (recorded: readonly Recorded[]): string[] => recorded.flatMap(({ commit }) => eventLines(commit as Commit<Event>));
