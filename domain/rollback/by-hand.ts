import type { Command, Where } from '../commands.ts';
import { isInside } from '../entry/slots.ts';
import { Refused } from '../errors.ts';
import type { Event, Reason } from '../events.ts';
import { cellsOf, routeFor, stageOf } from '../pipeline/route.ts';
import type { Instant } from '../ports.ts';
import type { Departed, PipelineState, ReleaseState } from '../state.ts';
import { type Departure, depart, type Marking, outOf, outOfItsStage, quarantine, scopeOf, withCompanions } from './leaving.ts';
import { quarantinedIn } from './lineage.ts';

type RollBack = Extract<Command, { type: 'RollBack' }>;

/**
 * A person takes a release back where it runs, be it completed. It is quarantined, since it must not come back by itself, and so every newer
 * release that holds it without its fix leaves there too. No window, alarm, hold or slot is asked.
 * Empty when all that is asked for goes back already.
 * @throws Refused when nothing of it runs there
 */
export function rollBackByHand(pipeline: PipelineState, release: ReleaseState, command: RollBack, at: Instant): readonly Event[] {
  const places = placesIn(pipeline, release, command.where);
  const isAsked = isInside(release) && places.some((p) => p.stage === release.stay?.stage);
  const promoted = places.filter((p) => cellsWith(pipeline, release, p).length > 0);
  const marking = marked(pipeline, release, isInside(release) ? undefined : promoted.at(-1)?.stage);
  const departures = departuresOf(marking, release, promoted, { kind: 'person', by: command.by, text: command.reason });
  const all = withCompanions(marking.pipeline, departures);
  const running = departures.filter((d) => d.stage === d.release.stay?.stage || scopeOf(marking.pipeline, d, all).length > 0);
  const takesBack = isAsked || running.some((d) => d.release === release && promoted.some((p) => p.stage === d.stage));
  if (takesBack) return depart(marking, running, at);
  if (release.status === 'goingBack') return [];
  throw runsNot(pipeline, release, places);
}

/** Its own mark stands, unless an alarm had set it: what a person has found out is not lifted by the quarantine of another. */
const marked = (pipeline: PipelineState, release: ReleaseState, where: string | undefined): Marking =>
  pipeline.marks[release.number]?.verdict === 'own' ? { pipeline, events: [] } : quarantine(pipeline, release, 'own', where);

/** The stages that are asked for, one Region of a stage that it has been promoted out of, or all. */
function placesIn(pipeline: PipelineState, release: ReleaseState, where: Where): readonly Departed[] {
  const stages = [...new Set(routeFor(pipeline, release).map((s) => s.stage))];
  const whole = (ids: readonly string[]) => ids.map((stage): Departed => ({ stage, region: null }));
  const expected = (field: string, value: string, among: readonly string[]) =>
    new Refused(`${field}: '${value}'; expected one of ${among.join(', ')}`);
  switch (where.kind) {
    case 'everywhere':
      return whole(stages.map((s) => s.id));
    case 'wave':
      if (stages.every((s) => s.id !== where.wave))
        throw expected(
          'wave',
          where.wave,
          stages.map((s) => s.id),
        );
      return whole([where.wave]);
    case 'region': {
      const stage = stages.find((s) => s.regions.includes(where.region));
      if (stage === undefined)
        throw expected(
          'region',
          where.region,
          stages.flatMap((s) => s.regions),
        );
      return [{ stage: stage.id, region: where.region }];
    }
    case 'its wave':
      return release.stay === null ? whole([]) : whole([release.stay.stage]);
    default:
      return where satisfies never;
  }
}

/** Cells of a place that a release was promoted on, and stands on. */
const cellsWith = (pipeline: PipelineState, release: ReleaseState, { stage, region }: Departed): readonly string[] =>
  cellsOf(stageOf(routeFor(pipeline, release), stage), region).filter((id) => pipeline.cells[id]?.past.includes(release.number));

/** Out of the places, the release and the newer ones there that hold it without its fix; and out of the stage that it is in. */
function departuresOf({ pipeline }: Marking, release: ReleaseState, places: readonly Departed[], reason: Reason): readonly Departure[] {
  const own = isInside(release) ? [outOfItsStage(release, reason)] : [];
  const promoted = places.flatMap((place): Departure[] => {
    const newer = cellsWith(pipeline, release, place).flatMap((id) => (pipeline.cells[id]?.past ?? []).filter((n) => n > release.number));
    const holding = [...new Set(newer)].flatMap((n) => pipeline.releases[n] ?? []).filter((r) => holds(pipeline, r, release));
    const because: Reason = { kind: 'quarantine', of: [release.number] };
    return [
      outOf(release, wholeIfLast(pipeline, release, place), reason),
      ...holding.map((r) => outOf(r, wholeIfLast(pipeline, r, place), because)),
    ];
  });
  return [...promoted, ...own];
}

/** Who leaves the last Region of a stage in which it ran has left the stage. */
function wholeIfLast(pipeline: PipelineState, release: ReleaseState, { stage, region }: Departed): Departed {
  const all = cellsWith(pipeline, release, { stage, region: null });
  return { stage, region: all.length === cellsWith(pipeline, release, { stage, region }).length ? null : region };
}

const holds = (pipeline: PipelineState, release: ReleaseState, marked: ReleaseState): boolean =>
  quarantinedIn(pipeline, release.number).some((m) => m.release === marked.number);

/** Where a release runs, alone or below newer ones. */
const stagesWith = (pipeline: PipelineState, release: ReleaseState): readonly string[] =>
  [...new Set(routeFor(pipeline, release).map((s) => s.stage.id))].filter(
    (stage) => release.stay?.stage === stage || cellsWith(pipeline, release, { stage, region: null }).length > 0,
  );

/** The newest release that runs where this one was promoted. */
function newestThere(pipeline: PipelineState, release: ReleaseState, places: readonly Departed[]): number {
  const cells = places.flatMap((p) => cellsWith(pipeline, release, p));
  const inside = Object.values(pipeline.releases).filter((r) => isInside(r) && cells.some((id) => r.stay?.changed.includes(id)));
  return Math.max(release.number, ...cells.flatMap((id) => pipeline.cells[id]?.past ?? []), ...inside.map((r) => r.number));
}

function runsNot(pipeline: PipelineState, release: ReleaseState, places: readonly Departed[]): Refused {
  const name = `release ${release.number}`;
  const stages = stagesWith(pipeline, release);
  const newest = newestThere(pipeline, release, places);
  if (newest > release.number) return new Refused(`nothing of ${name} runs there: release ${newest}, which has its fix, does`);
  if (stages.length > 0) {
    const there = stages.join(', ');
    return new Refused(
      places.length === 0
        ? `${name} is in no wave now, and runs in ${there}: say --wave, --region or --everywhere`
        : `${name} runs only in ${there}`,
    );
  }
  return new Refused(
    release.supersededBy === null
      ? `${name} runs nowhere: to keep releases from entering a step, hold the pipeline`
      : `nothing of ${name} was deployed: it went on as a part of release ${release.supersededBy}, take that one back`,
  );
}

export const unknownRelease = (pipeline: PipelineState, number: number): Refused =>
  new Refused(
    number <= pipeline.lastRelease && number > 0
      ? `release ${number} is not remembered any more: what ran before it is not kept, or nothing of it runs`
      : `release: '${number}'; expected one from 1 to ${pipeline.lastRelease}`,
  );
