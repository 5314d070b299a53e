import { type LooksBook, type Moment, openStay, type Pipeline, pipelineOf, policyOf, type Release, releaseOf } from './book.ts';
import type { Definition } from './definition.ts';
import type { EventOf, LogEvent } from './events.ts';
import { broken, list } from './finding.ts';

const LEVEL = 1e-6;
const RETRY_MS = 3 * 60_000;

/**
 * I5, I4. What cannot be read, and what is far from normal, lets nothing pass; each is borne so often and no more. Anomalies are believed as they were
 * measured; that they are ones by the value, the threshold, the requests and the chance which the event carries is found again.
 */
export function* looks(event: LogEvent, { book, commit }: Moment) {
  const pipeline = 'pipeline' in event ? pipelineOf(book, event) : undefined;
  const release = 'release' in event ? releaseOf(book, event) : undefined;
  if (pipeline === undefined || release === undefined) return;
  const policy = policyOf(pipeline);
  if (event.type === 'ReadingFailed') yield* failed(event, release.looks, policy);
  if (event.type === 'ReadingRecovered' && release.looks.failed?.errors !== event.errors)
    yield broken(5, event, `can be read again after ${event.errors} failures, expected ${release.looks.failed?.errors ?? 'none'}`);
  if (event.type === 'AnomaliesFound') yield* found(event, release, pipeline, commit.events);
  if (event.type === 'RollbackStarted') yield* leavesByAnomaly(event, commit.events);
  if (event.type === 'StepEntered' && release.looks.failed !== null)
    yield broken(4, event, `enters ${event.step} while ${unread(release.looks)} cannot be read, expected it to be read first`);
  if (event.type === 'BakePassed') yield* passes(event, release.looks, commit.events);
}

const unread = ({ failed: event }: LooksBook): string => list((event?.unread ?? []).map((u) => u.name));

/** One more than before, a retry later, up to the first that is not borne. */
function* failed(event: EventOf<'ReadingFailed'>, { failed: before }: LooksBook, policy: Definition | undefined) {
  const expected = (before?.errors ?? 0) + 1;
  if (event.errors !== expected) yield broken(5, event, `counts ${event.errors} readings that failed, expected ${expected}`);
  if (event.atMost !== policy?.health.errorLimit)
    yield broken(5, event, `bears ${event.atMost} readings that fail, expected ${policy?.health.errorLimit}`);
  if (event.errors > event.atMost + 1) yield broken(5, event, `counts on after ${event.atMost + 1} readings that failed`);
  if (before !== null && Date.parse(event.lookedAt) - Date.parse(before.lookedAt) < RETRY_MS)
    yield broken(5, event, `counts a reading again at ${event.lookedAt}, expected three minutes after ${before.lookedAt}`);
}

function* found(event: EventOf<'AnomaliesFound'>, release: Release, pipeline: Pipeline, together: readonly LogEvent[]) {
  const health = policyOf(pipeline)?.health;
  if (event.policy !== pipeline.policy || event.mode !== health?.anomalies || event.atMost !== health.failureLimit)
    yield broken(5, event, `judges by ${event.mode} and ${event.atMost} looks, expected the newest policy's`);
  for (const anomaly of event.anomalies) {
    const { metric, value, threshold, comparison, chance, requests, baselines } = anomaly;
    const isBeyond = comparison === 'above' ? value > threshold : value < threshold;
    const enough = [...(metric === 'Requests' ? [] : [requests]), ...baselines.map((b) => b.requests)];
    const isEnough = baselines.length > 0 && Math.min(...enough) >= (health?.atLeastRequests ?? 0);
    if (!isBeyond || !isEnough || chance >= LEVEL)
      yield broken(5, event, `blames it for ${metric} ${value} of ${requests} requests by a chance of ${chance}, expected no anomaly`);
  }
  const before = release.looks.found?.looks ?? 0;
  if (event.looks > before + 1) yield broken(5, event, `is look ${event.looks} in a row, expected ${before + 1} at most`);
  const leaves = together.some((e) => e.type === 'RollbackStarted' && e.release === event.release && e.reason.kind === 'anomaly');
  const isOver = event.mode === 'rollBack' && event.looks > event.atMost;
  if (leaves !== isOver)
    yield broken(
      5,
      event,
      `${leaves ? 'leaves by' : 'stays after'} look ${event.looks} in a row, ${event.mode}, ${event.atMost} are borne`,
    );
  if (openStay(release)?.bakes.has(event.scope) !== true) yield broken(5, event, `judges ${event.scope}, expected a bake of it`);
}

/** By nothing that was not found in the same commit. */
function* leavesByAnomaly(event: EventOf<'RollbackStarted'>, together: readonly LogEvent[]) {
  const { reason } = event;
  if (reason.kind !== 'anomaly') return;
  const isFound = together.some(
    (e) =>
      e.type === 'AnomaliesFound' &&
      e.release === event.release &&
      e.mode === 'rollBack' &&
      e.looks > e.atMost &&
      e.anomalies.some((a) => a.metric === reason.metric && a.region === reason.region && a.value === reason.value),
  );
  if (!isFound) yield broken(5, event, `leaves by ${reason.metric} in ${reason.region}, expected that to be found in the same commit`);
}

function* passes(event: EventOf<'BakePassed'>, { failed: open, found: last }: LooksBook, together: readonly LogEvent[]) {
  if (open !== null) yield broken(5, event, `${event.scope} passes while ${list(open.unread.map((u) => u.name))} cannot be read`);
  const here = together.find((e): e is EventOf<'AnomaliesFound'> => e.type === 'AnomaliesFound' && e.release === event.release);
  const bad = [last, here].find((f) => f?.mode === 'rollBack' && f.lookedAt === event.lookedAt);
  if (bad) yield broken(5, event, `${event.scope} passes on a look that found ${list(bad.anomalies.map((a) => a.metric))} far from normal`);
}
