import { mayCover } from './beyond.ts';
import { type Standing, standing, tell } from './blockers.ts';
import { type Book, type Moment, type Pipeline, pipelineOf, policyOf, type Release, releaseOf, routeOf } from './book.ts';
import { isOneBox, regionOf, stageIn } from './definition.ts';
import type { EventOf, LogEvent } from './events.ts';
import { isExpedited } from './expediting.ts';
import { broken, list } from './finding.ts';
import { isPassed, isPassedAlarm } from './overrides.ts';

const SETTLE_MS = 30 * 60_000;

/**
 * I4. No production step starts while a blocker stood at its look that no one overrode; a rollback always starts. Windows, freezes, holds, slots,
 * quarantines and newer releases are found again from the log; alarms are believed as they were read. Rollbacks are with I13.
 */
export function* entries(event: LogEvent, { book, commit }: Moment) {
  if (event.type !== 'StepEntered') return;
  const pipeline = pipelineOf(book, event);
  const release = releaseOf(book, event);
  if (pipeline === undefined || release === undefined) return;
  // I11 names a quarantine, I7 a slot, I1 another pipeline, I12 an expedited one.
  const blockers = standing(book, pipeline, release, event.step, event.lookedAt).filter(
    ({ kind }) => kind !== 'quarantine' && kind !== 'slot' && kind !== 'busy' && kind !== 'expedited',
  );
  const passed = (blocker: Standing) => isPassed(pipeline, release, event.step, blocker, event.lookedAt);
  for (const blocker of blockers.filter((b) => !passed(b)))
    yield broken(4, event, `enters ${event.step} against its blocker ${tell(blocker)}, expected it to wait`);
  if (event.policy !== pipeline.policy)
    yield broken(
      4,
      event,
      `enters ${event.step} by policy ${event.policy.slice(0, 8)}, expected the newest, ${pipeline.policy.slice(0, 8)}`,
    );
  if (release.isRefused || release.isCompleted || release.supersededBy !== null)
    yield broken(4, event, `enters ${event.step} although it has ended`);
  yield* alarms(event, release, pipeline);
  yield* unseenAlarms(event, book.alarms, commit.seq);
  yield* settled(event, release);
  if (!isExpedited(pipeline, release.number, event.lookedAt)) yield* inTurn(event, release, book);
}

/** The aggregate alarms of the step's Regions, and of every Region that already runs the release, were read and OK; of one-boxes those of its wave. */
function* alarms(event: EventOf<'StepEntered'>, release: Release, pipeline: Pipeline) {
  const passed = event.overridden.filter((b) => isPassedAlarm(pipeline, release, event.step, b, event.lookedAt));
  const wave = stageIn(routeOf(pipeline, release), event.stage)?.regions.map((r) => r.region) ?? [];
  for (const { arn, state, scope, region } of event.alarms) {
    if (scope === 'oneBox' && !wave.includes(region)) continue;
    const kinds = state === 'ALARM' ? ['alarm', 'organisationAlarm'] : ['noData'];
    if (state !== 'OK' && !passed.some((b) => kinds.includes(b.kind) && 'arn' in b && b.arn === arn))
      yield broken(4, event, `enters ${event.step} with ${arn} in ${state}, expected OK`);
  }
  const running = release.stays.filter((s) => s.end !== 'rolledBack').flatMap((s) => [...s.changed]);
  const regions = new Set([...event.cells.map((c) => c.cell), ...running].map(regionOf));
  const isMissed = (region: string) => passed.some((b) => b.kind === 'noData' && b.arn === '' && b.region === region);
  const unread = [...regions].filter((r) => !isMissed(r) && !event.alarms.some((a) => a.region === r && a.scope === 'aggregate'));
  const arns = policyOf(pipeline)?.organisationAlarms ?? [];
  const others = arns.filter((arn) => !event.alarms.some((a) => a.arn === arn && a.scope === 'organisation'));
  const unreadOthers = others.filter((arn) => !passed.some((b) => b.kind === 'noData' && b.arn === arn));
  if (unread.length + unreadOthers.length > 0)
    yield broken(4, event, `enters ${event.step} without the alarms of ${list([...unread, ...unreadOthers])}`);
}

/** An alarm that the log already had when the step was entered, and that its look was too early to see. */
function* unseenAlarms(event: EventOf<'StepEntered'>, raised: readonly EventOf<'AlarmRaised'>[], seq: number) {
  const regions = new Set(event.cells.map((c) => regionOf(c.cell)));
  for (const { region, arn, changedAt } of raised) {
    if (regions.has(region) && changedAt > event.lookedAt)
      yield broken(
        4,
        event,
        `enters ${event.step} by a look of ${event.lookedAt}, expected one after ${arn} of ${changedAt}, in the log before ${seq}`,
      );
  }
}

/** Who left unmarked by an alarm that counts for it comes back once that has been OK for 30 minutes. */
function* settled(event: EventOf<'StepEntered'>, release: Release) {
  const left = release.stays.at(-1);
  const reason = left?.back?.event.reason;
  if (left?.stage !== event.stage || left.end !== 'rolledBack' || reason?.kind !== 'alarm' || !isOneBox(event.step)) return;
  if (left.back?.event.counts !== true) return;
  const until = new Date(Date.parse(reason.changedAt) + SETTLE_MS).toISOString();
  if (event.lookedAt < until)
    yield broken(4, event, `comes back to ${event.step} at ${event.lookedAt}, expected it to wait until ${until} at least`);
}

/** V12: of the team's returned releases one comes back at a time, by the turn on the team's stream; one that is expedited goes ahead. */
function* inTurn(event: EventOf<'StepEntered'>, release: Release, { stream, beyond }: Book) {
  const left = release.stays.at(-1);
  const isReturning = left?.stage === event.stage && left.end === 'rolledBack' && left.back?.event.counts === true;
  if (!isReturning || beyond.turns === null || !isOneBox(event.step)) return;
  const has = beyond.turns.some(
    ({ turn, ...span }) =>
      stream.endsWith(`/${turn.service}`) &&
      turn.pipeline === event.pipeline &&
      turn.release === event.release &&
      mayCover(span, event.enteredAt),
  );
  if (!has) yield broken(4, event, `comes back to ${event.step} without the team's turn, expected it to wait for it`);
}
