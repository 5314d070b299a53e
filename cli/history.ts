import type { Dated } from '../domain/dated.ts';
import type { Blocker, Event, EventOf, EventType } from '../domain/events.ts';
import type { Commit, Instant, Revision } from '../domain/ports.ts';
import { initialState, type PipelineState, type ReleaseState, type ServiceState } from '../domain/state.ts';
import { fold } from '../functions/decide.ts';
import { parsePipelineId } from '../functions/pipeline-id.ts';

/** Since when a release has its status and step, and since when each of its blockers stands. */
export interface Since {
  readonly status: Instant;
  readonly blockers: ReadonlyMap<string, Instant>;
}

/** What the log says of one pipeline: its state, and what the state forgets. */
export interface History {
  /** The pipeline's name within its service. */
  readonly name: string;
  readonly state: ServiceState;
  /** Null before the pipeline is defined. */
  readonly pipeline: PipelineState | null;
  /** The newest time in the log. */
  readonly now: Instant | null;
  readonly events: readonly Dated<Event>[];
  /** Of releases that are remembered. */
  readonly since: ReadonlyMap<number, Since>;
  /** Every commit that a release ever held, by its sha. */
  readonly revisions: ReadonlyMap<string, Revision>;
}

/** @param pipelineId `<team>/<service>/<pipeline>`; the commits are those of its service. */
export function historyOf(commits: readonly Commit<Event>[], pipelineId: string): History {
  const name = parsePipelineId(pipelineId).pipeline;
  const events = commits.flatMap((c) => c.events.map((event) => ({ at: c.at, event }))).filter(({ event }) => isOf(name, event));
  const since = new Map<number, Since>();
  let folded = { seq: 0, state: initialState };
  for (const commit of commits) {
    const before = folded.state.pipelines[name];
    folded = fold(folded, commit);
    for (const release of Object.values(folded.state.pipelines[name]?.releases ?? {})) {
      const was = before?.releases[release.number];
      if (was !== release) since.set(release.number, sinceWhen(was, release, since.get(release.number), commit.at));
    }
  }
  return {
    name,
    state: folded.state,
    pipeline: folded.state.pipelines[name] ?? null,
    now: commits.at(-1)?.at ?? null,
    events,
    since,
    revisions: new Map(events.flatMap(({ event }) => (event.type === 'ReleaseCreated' ? event.revisions.map((r) => [r.sha, r]) : []))),
  };
}

/** Whether the service has other pipelines, too: releases are then told with their pipeline's name. */
export const hasSeveral = ({ state }: Pick<History, 'state'>): boolean => Object.keys(state.pipelines).length > 1;

/** Alarms are the whole service's. */
const isOf = (name: string, event: Event): boolean => event.type === 'AlarmRaised' || event.pipeline === name;

function sinceWhen(was: ReleaseState | undefined, release: ReleaseState, known: Since | undefined, at: Instant): Since {
  const isSame = known !== undefined && was?.status === release.status && was.at === release.at;
  const blockers = new Map(release.blockers.map((b) => [blockerKey(b), (isSame && known.blockers.get(blockerKey(b))) || at]));
  return { status: isSame ? known.status : at, blockers };
}

/** What makes a blocker the same one from look to look. */
export function blockerKey(blocker: Blocker): string {
  switch (blocker.kind) {
    case 'alarm':
    case 'noData':
      return `${blocker.kind} ${blocker.region} ${blocker.arn}`;
    case 'slot':
      return `${blocker.kind} ${blocker.slot} ${blocker.heldBy}`;
    case 'newer':
    case 'returned':
    case 'quarantine':
      return `${blocker.kind} ${blocker.release}`;
    case 'freeze':
      return `${blocker.kind} ${blocker.reason}`;
    default:
      return blocker.kind;
  }
}

/** The events of one kind that are about one release, oldest first. */
export const eventsOf = <T extends EventType>(history: History, release: number, type: T): readonly Dated<EventOf<T>>[] =>
  history.events.flatMap(({ at, event }) =>
    event.type === type && 'release' in event && event.release === release ? [{ at, event: event as EventOf<T> }] : [],
  );
