import {
  type Book,
  type Finding,
  isOver,
  type LooksBook,
  type Moment,
  openStay,
  type Pipeline,
  pipelineOf,
  policyOf,
  type Release,
  releaseOf,
} from './book.ts';
import { bakeOf, stageIn } from './definition.ts';
import type { EventOf, LogEvent } from './events.ts';
import { factorAt } from './expediting.ts';
import { broken } from './finding.ts';

const LEAST_SECONDS = 15 * 60;
/** Looks are a quarter of an hour apart at most; what is retried comes a little later. */
const SLACK_MS = 30 * 60_000;

/** I14. A bake that lacks anything, or with no data an entry, for twice the bake's time asks a person: once, and the page goes out. */
export function* pages(event: LogEvent, { book, commit }: Moment) {
  const pipeline = 'pipeline' in event ? pipelineOf(book, event) : undefined;
  const release = 'release' in event ? releaseOf(book, event) : undefined;
  if (pipeline === undefined || release === undefined) return;
  if (event.type === 'PageRequested') yield* requested(event, pipeline, release);
  if (event.type === 'PageSent' && (release.looks.page?.event.scope !== event.scope || release.looks.page.isSent))
    yield broken(14, event, `a page on ${event.scope} went out, expected one that was requested and had not`);
  const isAsked = release.looks.page !== null || commit.events.some((e) => e.type === 'PageRequested' && e.release === release.number);
  if (event.type === 'BakeHeldOpen' && event.lacks.length > 0 && !isAsked) yield* late(event, pipeline, release, event.lookedAt, 0);
  if (event.type === 'BakePassed' && release.looks.heldOpen !== null && !isAsked && !release.looks.wasResumed)
    yield* late(event, pipeline, release, event.lookedAt, SLACK_MS);
}

/** Twice the bake with the health that it asks for; as the policy stood when it began and as it stands, since a bake may get longer. */
function limitOf(pipeline: Pipeline, release: Release, scope: string, at: string): number {
  const stage = stageIn(policyOf(pipeline), scope);
  const bake = openStay(release)?.bakes.get(scope);
  const newest = stage === undefined ? { seconds: 0, healthySeconds: 0 } : bakeOf(stage, scope);
  const factor = bake === undefined ? 1 : factorAt(pipeline, release.number, at);
  const seconds = factor < 1 ? Math.ceil(newest.seconds * factor) : Math.max(bake?.seconds ?? 0, newest.seconds);
  return Math.max(LEAST_SECONDS, 2 * Math.max(seconds, newest.healthySeconds));
}

function* requested(event: EventOf<'PageRequested'>, pipeline: Pipeline, release: Release) {
  const { scope, since, lookedAt, waitedSeconds, atMostSeconds } = event;
  const bake = openStay(release)?.bakes.get(scope);
  const began = bake?.startedAt ?? release.looks.unclearSince ?? lookedAt;
  if (since !== began) yield broken(14, event, `asks about a wait since ${since}, expected ${began}`);
  const limit = limitOf(pipeline, release, scope, lookedAt);
  if (atMostSeconds !== limit) yield broken(14, event, `asks after ${atMostSeconds} s, expected ${limit} s`);
  const waited = Math.floor((Date.parse(lookedAt) - Date.parse(since)) / 1000);
  if (waited !== waitedSeconds || waited < atMostSeconds)
    yield broken(14, event, `asks after ${waitedSeconds} s of ${waited} s, expected ${atMostSeconds} s at least`);
  const before = release.looks.page?.event;
  if (before?.scope === scope && before.since === since) yield broken(14, event, `asks about ${scope} again, expected it once`);
}

function* late(event: EventOf<'BakeHeldOpen' | 'BakePassed'>, pipeline: Pipeline, release: Release, at: string, slackMs: number) {
  const began = openStay(release)?.bakes.get(event.scope)?.startedAt;
  if (began === undefined) return;
  const limit = limitOf(pipeline, release, event.scope, at);
  const waitedMs = Date.parse(at) - Date.parse(began);
  if (waitedMs >= limit * 1000 + slackMs && waitedMs > 0)
    yield broken(
      14,
      event,
      `the bake of ${event.scope} was held open for ${waitedMs / 1000} s, expected a person to be asked after ${limit} s`,
    );
}

/** At the end of a log that is complete: whoever was to be asked has been. */
export function* everyPageOut(book: Book): Generator<Finding> {
  for (const pipeline of book.pipelines.values()) {
    for (const release of pipeline.releases.values()) {
      const { page }: LooksBook = release.looks;
      if (page !== null && !page.isSent && !isOver(release))
        yield { invariant: 14, release: release.number, text: `a page on ${page.event.scope} was requested and never went out` };
    }
  }
}
