import { type BakeLook, bakeEndOf, bakePolicyOf, secondsToBake } from '../domain/bake/baking.ts';
import { isRetrying, RETRY_SECONDS } from '../domain/bake/readings.ts';
import { PERIOD_SECONDS } from '../domain/bake/served.ts';
import { plusSeconds } from '../domain/dated.ts';
import { isSilentPath } from '../domain/entry/blockers-of-health.ts';
import { endOfTime } from '../domain/entry/blockers-of-time.ts';
import { blockersOf, type Look, regionsToWatch, staleUntil, turnNeeded } from '../domain/entry/entering.ts';
import { entryPatienceSeconds } from '../domain/entry/entry-patience.ts';
import { type AlarmLook, outlivedOverride, raisedAgainst, regionsOfStay } from '../domain/entry/raised.ts';
import { isAtDoor } from '../domain/entry/slots.ts';
import { policyOf, stepOf } from '../domain/pipeline/route.ts';
import type { AlarmReading, HealthQuery, Instant } from '../domain/ports.ts';
import type { Presence } from '../domain/rollback/presence.ts';
import { raiseInTeam } from './decide-and-wake.ts';
import { sendPage } from './paging.ts';
import type { With } from './ports.ts';
import { readMetrics } from './reading-bakes.ts';
import type { ReleaseScope } from './release-scope.ts';
import { giveTurnBack, presencesElsewhere, readLines, takeTurn } from './team.ts';

const RECHECK_SECONDS = 15 * 60;
const IDLE_SECONDS = 60 * 60;
/** So often is looked where no event tells of what goes off: below an alarm that somebody overrode, and in a Region that has fallen silent. */
const UNTOLD_SECONDS = 60;

type ReleaseOfPipeline = Pick<ReleaseScope, 'id' | 'pipeline' | 'release'>;

export interface Looked {
  /** `wait` with the seconds until the next look; else what came of it. */
  readonly outcome: 'entered' | 'promoted' | 'back' | 'left' | 'wait';
  readonly waitSeconds: number;
  readonly scope: ReleaseScope;
}

const secondsUntil = (now: Instant, then: Instant): number => Math.max(1, Math.ceil((Date.parse(then) - Date.parse(now)) / 1000));

async function readAlarms(
  ports: With<'health'>,
  { pipeline, release }: ReleaseOfPipeline,
  regions: readonly string[],
  also: Partial<Pick<HealthQuery, 'oneBox' | 'organisation' | 'paths'>> = {},
): Promise<readonly AlarmReading[]> {
  const { oneBox = false, organisation = false, paths = false } = also;
  const since = release.stay?.lookedAt ?? ports.clock.now();
  return ports.health.alarms({ definition: policyOf(pipeline), regions, oneBox, organisation, paths, since });
}

/** What stands before the release's next step: all that an entry, or an override of what blocks it, is decided on. */
export async function readBeforeStep(ports: With<'health'>, scope: ReleaseOfPipeline): Promise<Look> {
  const { id, pipeline, release } = scope;
  const lookedAt = ports.clock.now();
  const alarms = await readAlarms(ports, scope, regionsToWatch(pipeline, release), {
    organisation: true,
    paths: true,
    oneBox: release.awaitsOneBox && isAtDoor(release),
  });
  return { lookedAt, alarms, lines: await readLines(ports, id.team), elsewhere: await elsewhereIf(ports, scope, alarms) };
}

/** Only an alarm asks what else is there. */
async function elsewhereIf(
  ports: With<'health'>,
  { id, release }: ReleaseOfPipeline,
  alarms: readonly AlarmReading[],
): Promise<readonly Presence[]> {
  return raisedAgainst(release, alarms).length > 0 ? presencesElsewhere(ports, id) : [];
}

/** Whether an alarm that the release's next look would see has changed its state since the last one. */
export async function changedSince(ports: With<'health'>, scope: ReleaseScope, lookedAt: Instant): Promise<boolean> {
  const organisation = scope.release.status === 'waiting';
  const readings = await readAlarms(ports, scope, regionsToWatch(scope.pipeline, scope.release), { oneBox: true, organisation });
  return readings.some((r) => r.changedAt !== null && r.changedAt > lookedAt);
}

/** Looks between batches, for an alarm whose event was lost: it takes the release out at once. Whether it did. */
export async function lookWhileDeploying(ports: With<'health'>, scope: ReleaseScope): Promise<boolean> {
  const { stay } = scope.release;
  if (stay === null) return false;
  const lookedAt = ports.clock.now();
  const alarms = await readAlarms(ports, scope, stay.regions);
  const [raised] = raisedAgainst(scope.release, alarms);
  if (raised === undefined) return endOverride(scope, { lookedAt, alarms });
  await raiseInTeam(ports, scope.id.team, raised, 'deploy-batch');
  return true;
}

/** V16: whether an alarm that it entered against takes it out, being in ALARM still when its override has ended. */
async function endOverride(scope: ReleaseScope, look: AlarmLook): Promise<boolean> {
  const { release, id } = scope;
  if (outlivedOverride(release, look.alarms, look.lookedAt) === null) return false;
  const act = `${release.stay?.stage}/${release.returns}/end-override/${look.lookedAt}`;
  const after = await scope.decide(act, { type: 'EndOverride', pipeline: id.pipeline, release: release.number, look });
  return after.release.status === 'goingBack';
}

/** Names a look. Two in one instant are two looks if the log has grown between them: the second must not be answered with the first. */
const lookOf = ({ seq }: ReleaseScope, lookedAt: Instant): string => `${lookedAt}#${seq}`;

/** Looks at what stands before the release's next step, and enters it if nothing does. */
export async function lookToEnter(ports: With<'health' | 'notifier'>, scope: ReleaseScope): Promise<Looked> {
  const { release, pipeline, id } = scope;
  const at = release.at;
  if (release.status !== 'waiting') return { outcome: release.status === 'deploying' ? 'entered' : 'left', waitSeconds: 0, scope };
  const look = await withTurn(ports, scope, await readBeforeStep(ports, scope));
  const act = `${stepOf(pipeline, release)?.id}/${release.returns}/enter/${lookOf(scope, look.lookedAt)}`;
  const after = await scope.decide(act, { type: 'EnterStep', pipeline: id.pipeline, release: release.number, look });
  const isIn = after.release.status === 'deploying' && after.release.at === at;
  if (!isIn && turnNeeded(pipeline, release, look.lookedAt) !== null)
    await giveTurnBack(ports, id, id.pipeline, release.number, 'enter-step');
  if (isIn) return { outcome: 'entered', waitSeconds: 0, scope: after };
  if (after.release.status !== 'waiting') return { outcome: 'left', waitSeconds: 0, scope: after };
  const isPaged = await sendPage(ports, after);
  const now = ports.clock.now();
  const stale = staleUntil(after.state, after.pipeline, after.release, look.lookedAt);
  const again = stale === null ? (isMissedTurn(after, look) ? 1 : IDLE_SECONDS) : secondsUntil(now, stale);
  const waitSeconds = Math.min(again, entryWait(after, now), soonest(after, now, isPaged));
  return { outcome: 'wait', waitSeconds, scope: after };
}

/** V12: a release that comes back, and that nothing else keeps out, takes the turn before it enters. */
async function withTurn(ports: With<'health'>, { state, pipeline, release, id }: ReleaseScope, look: Look): Promise<Look> {
  const step = stepOf(pipeline, release);
  const turn = turnNeeded(pipeline, release, look.lookedAt);
  if (step === undefined || turn === null || blockersOf(state, pipeline, release, step, look).length > 0) return look;
  return { ...look, lines: { ...look.lines, team: await takeTurn(ports, id.team, turn, 'enter-step') } };
}

/** Something else kept it out when it looked, which is over by now: it looks again for the turn. */
function isMissedTurn({ state, pipeline, release }: ReleaseScope, look: Look): boolean {
  const step = stepOf(pipeline, release);
  const wants = turnNeeded(pipeline, release, look.lookedAt) !== null && look.lines.team.turn === null;
  return wants && step !== undefined && blockersOf(state, pipeline, release, step, look).length === 0;
}

function entryWait({ release }: ReleaseScope, now: Instant): number {
  const longest = release.blockers.some(isSilentPath) ? UNTOLD_SECONDS : release.stay === null ? IDLE_SECONDS : RECHECK_SECONDS;
  const moments = release.blockers.flatMap((b) => endOfTime(b) ?? []);
  return Math.min(longest, ...moments.filter((m) => m > now).map((m) => secondsUntil(now, m)));
}

/** Looks at a bake, and promotes or rolls back by it. */
export async function lookAtBake(ports: With<'health' | 'notifier'>, scope: ReleaseScope): Promise<Looked> {
  const { release, pipeline, id } = scope;
  const step = stepOf(pipeline, release);
  const policy = release.bake && bakePolicyOf(pipeline, release, release.bake.scope);
  if (!release.bake || !release.stay || !policy || !step)
    return { outcome: release.status === 'goingBack' ? 'left' : 'promoted', waitSeconds: 0, scope };
  const lookedAt = ports.clock.now();
  const isOneBox = release.bake.scope === step.id && step.kind === 'one-box';
  const read = await readAlarms(ports, scope, regionsOfStay(release), { oneBox: isOneBox, paths: true });
  const alarms = read.filter((r) => r.scope !== 'path');
  const metrics = await readMetrics(ports, scope, lookedAt);
  const look: BakeLook = { lookedAt, alarms, ...metrics, elsewhere: await elsewhereIf(ports, scope, alarms) };
  const act = `${release.bake.scope}/${release.returns}/bake/${lookOf(scope, lookedAt)}`;
  const after = await scope.decide(act, { type: 'EvaluateBake', pipeline: id.pipeline, release: release.number, look });
  if (after.release.status === 'goingBack') return { outcome: 'left', waitSeconds: 0, scope: after };
  if (after.release.bake?.scope !== release.bake.scope) return { outcome: 'promoted', waitSeconds: 0, scope: after };
  const ends = bakeEndOf(after.pipeline, after.release, lookedAt) ?? release.bake.endsAt;
  const isPaged = await sendPage(ports, after);
  const isFound = after.release.bake.found?.at === lookedAt;
  const next = isFound ? PERIOD_SECONDS : secondsToBake(release.bake, policy, look, ends);
  const left = Math.min(next, soonest(after, lookedAt, isPaged));
  const isUntold = read.some((r) => r.state === 'ALARM' || (r.scope === 'path' && r.state !== 'OK'));
  const longest = isUntold ? UNTOLD_SECONDS : RECHECK_SECONDS;
  return { outcome: 'wait', waitSeconds: Math.min(left, longest), scope: after };
}

/** Until what could not be read, or a page that did not go out, is tried again; until a page is due. */
function soonest({ pipeline, release }: ReleaseScope, now: Instant, isPaged: boolean): number {
  const retry = isRetrying(pipeline, release) || !isPaged ? RETRY_SECONDS : IDLE_SECONDS;
  const since = release.unclearSince;
  const due = since === null || release.page !== null ? null : plusSeconds(since, entryPatienceSeconds(pipeline, release));
  return due === null || due <= now ? retry : Math.min(retry, secondsUntil(now, due));
}

/** Ends a rollback once every cell of its scope is back. One that this release is to take back, now or again, is not waited for. */
export async function lookForEnd(scope: ReleaseScope): Promise<Looked> {
  const { release, id } = scope;
  const act = `${release.returns}/rolled-back`;
  const after = await scope.decide(act, { type: 'FinishRollback', pipeline: id.pipeline, release: release.number });
  const outcome = after.release.status !== 'goingBack' ? 'back' : ownCellsBack(after).length > 0 ? 'left' : 'wait';
  return { outcome, waitSeconds: RECHECK_SECONDS, scope: after };
}

/** Cells that this release's execution takes back. One whose rollback failed is a person's. */
export const ownCellsBack = ({ pipeline, release }: ReleaseScope): readonly string[] =>
  Object.entries(pipeline.cells).flatMap(([cell, c]) => (c.back?.owner === release.number && !c.back.failed ? [cell] : []));
