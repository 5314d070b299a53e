import { bakeEndOf } from '../bake/baking.ts';
import type { Blocker } from '../events.ts';
import { stepOf } from '../pipeline/route.ts';
import type { Instant } from '../ports.ts';
import type { PipelineState, ReleaseState } from '../state.ts';
import type { Ahead } from './ahead.ts';
import { bakeDueAt, cellDueAt } from './ahead-acts.ts';
import type { Ended, Observed } from './observed.ts';

/** Where the forecast of a release ends. Only `everywhere` and what has happened already have a time. */
export type ForecastEnd =
  | { readonly kind: 'everywhere'; readonly at: Instant }
  | { readonly kind: 'refused'; readonly at: Instant; readonly reason: string }
  /** Another takes its commits on; `moments` counts those that lie ahead up to then. */
  | { readonly kind: 'superseded'; readonly at: Instant; readonly by: number; readonly moments: number }
  /** It waits for what does not end by time alone. */
  | { readonly kind: 'blocked'; readonly before: string; readonly blockers: readonly Blocker[] }
  /** It was rolled back for its own fault: a fix must come, or a person lift the quarantine. */
  | { readonly kind: 'quarantined'; readonly stage: string }
  /** Cells that could not be taken back: a person must resume the pipeline. */
  | { readonly kind: 'stuck'; readonly cells: readonly string[] }
  /** It should have gone on at `dueAt` and has not, for a reason that the log does not have. */
  | { readonly kind: 'late'; readonly in: 'rollOut' | 'bake'; readonly scope: string; readonly dueAt: Instant | null };

/** `before` is the pipeline as the moments that matter find it. */
export function endOf(number: number, ahead: Ahead, before: PipelineState, known: Observed, from: Instant): ForecastEnd {
  const past = known.ends[number];
  if (past !== undefined) return pastEnd(past);
  for (const [i, { at, event }] of ahead.moments.entries()) {
    if (!('release' in event) || event.release !== number || event.pipeline !== before.name) continue;
    if (event.type === 'ReleaseCompleted') return { kind: 'everywhere', at };
    if (event.type === 'ReleaseSuperseded') return { kind: 'superseded', at, by: event.supersededBy, moments: i + 1 };
  }
  const pipeline = ahead.state.pipelines[before.name];
  const release = pipeline?.releases[number];
  if (pipeline === undefined || release === undefined) throw new Error(`there is no release ${number} in the log`);
  return openEnd(pipeline, release, known, from);
}

const pastEnd = (past: Ended): ForecastEnd =>
  past.kind === 'superseded' ? { kind: 'superseded', at: past.at, by: past.by, moments: 0 } : past;

function openEnd(pipeline: PipelineState, release: ReleaseState, known: Observed, at: Instant): ForecastEnd {
  const step = stepOf(pipeline, release);
  const scope = release.bake?.scope ?? step?.id ?? '';
  switch (release.status) {
    case 'rolledBack':
      return { kind: 'quarantined', stage: step?.stage.id ?? '' };
    case 'goingBack':
      return { kind: 'stuck', cells: release.pending };
    case 'deploying':
      return { kind: 'late', in: 'rollOut', scope, dueAt: rolledOutBy(pipeline, release, at) };
    case 'baking':
    case 'stageBaking':
      return { kind: 'late', in: 'bake', scope, dueAt: bakeDueAt(pipeline, release, at, known) ?? bakeEndOf(pipeline, release, at) };
    default:
      return { kind: 'blocked', before: scope, blockers: release.blockers };
  }
}

/** When the first of the cells that wait should have had it. */
const rolledOutBy = (pipeline: PipelineState, release: ReleaseState, at: Instant): Instant | null =>
  stepOf(pipeline, release)
    ?.cells.filter((c) => !release.deployed.includes(c.id))
    .flatMap((c) => cellDueAt(pipeline, release, c.id, at) ?? [])
    .toSorted()[0] ?? null;
