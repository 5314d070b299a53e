import { regionOfArn } from '../entry/blockers-of-health.ts';
import { type Lines, type Look, regionsToWatch, turnNeeded } from '../entry/entering.ts';
import type { Turn } from '../entry/line.ts';
import { isInside } from '../entry/slots.ts';
import { policyOf } from '../pipeline/route.ts';
import type { AlarmReading, Instant } from '../ports.ts';
import type { PipelineState, ReleaseState, ServiceState } from '../state.ts';
import type { Standing } from './standing.ts';

/** An aggregate that is OK and always was. */
export const goodReading = (region: string, over: Partial<AlarmReading> = {}): AlarmReading => ({
  arn: `aggregate of ${region}`,
  region,
  scope: 'aggregate',
  state: 'OK',
  changedAt: null,
  leaves: [],
  wentOff: [],
  ...over,
});

/** What a release that waits will see, if all that is not known to stand is as it should be. */
export function lookAhead(state: ServiceState, pipeline: PipelineState, release: ReleaseState, at: Instant, standing: Standing): Look {
  return {
    lookedAt: at,
    alarms: [
      ...alarmsSeen(pipeline, release, standing),
      ...oneBoxesSeen(pipeline, release, standing),
      ...organisationSeen(pipeline, standing),
    ],
    lines: linesSeen(state, pipeline, release, at, standing),
    elsewhere: [],
  };
}

/** A release that is inside its stage has been rolled back by what went off there: what is left of that is no news to it. */
function alarmsSeen(pipeline: PipelineState, release: ReleaseState, { bad, changedAt }: Standing): readonly AlarmReading[] {
  return regionsToWatch(pipeline, release).flatMap((region): AlarmReading[] => {
    const found = bad[region];
    if (found === undefined || (found.state === 'ALARM' && release.stay?.regions.includes(region)))
      return [goodReading(region, { changedAt: changedAt[region] ?? null })];
    return found.state === 'MISSING' && found.arn === '' ? [] : [found];
  });
}

/** Looked at only for a release that the alarm of a one-box took out. */
const oneBoxesSeen = (pipeline: PipelineState, release: ReleaseState, { oneBox }: Standing): readonly AlarmReading[] =>
  release.awaitsOneBox ? regionsToWatch(pipeline, release).flatMap((region) => oneBox[region] ?? []) : [];

const organisationSeen = (pipeline: PipelineState, { organisation }: Standing): readonly AlarmReading[] =>
  policyOf(pipeline).organisationAlarms.map((arn) => organisation[arn] ?? goodReading(regionOfArn(arn), { arn, scope: 'organisation' }));

/** A release that comes back has the turn if no other has it. */
function linesSeen(state: ServiceState, pipeline: PipelineState, release: ReleaseState, at: Instant, { stopped, turn }: Standing): Lines {
  const taken = turnTaken(state, pipeline, release) ?? turn ?? turnNeeded(pipeline, release, at);
  return { team: { stopped: stopped.team, turn: taken }, everything: { stopped: stopped.everything } };
}

/** V12: a release of the service that has come back, and is in, keeps the turn until it is promoted out of its stage or leaves it. */
function turnTaken(state: ServiceState, pipeline: PipelineState, release: ReleaseState): Turn | null {
  for (const p of Object.values(state.pipelines)) {
    for (const r of Object.values(p.releases)) {
      if ((p.name === pipeline.name && r.number === release.number) || !r.returned || !isInside(r) || r.stay === null) continue;
      return { service: policyOf(p).service, pipeline: p.name, release: r.number, stage: r.stay.stage, returns: r.returns };
    }
  }
  return null;
}
