import type { RaisedAlarm } from '../bake/verdict.ts';
import type { Event } from '../events.ts';
import type { Instant } from '../ports.ts';
import type { PipelineState, ReleaseState, ServiceState } from '../state.ts';
import { leaveByAlarm, leaveByVerdict, onOneBox, takenOutBy } from './leaving.ts';
import { nameInTeam, type Presence, presencesIn, presentBeside } from './presence.ts';

/**
 * V7: one change of state, decided once for the whole service.
 * @param elsewhere presences of the team's other services
 */
export function raiseAlarm(state: ServiceState, alarm: RaisedAlarm, elsewhere: readonly Presence[], at: Instant): readonly Event[] {
  const { region, arn, changedAt, measured } = alarm;
  if (!deploysTo(state, region)) return [];
  const known = state.alarms[arn];
  const recorded = known !== undefined && known.changedAt >= changedAt;
  const pipelines = Object.values(state.pipelines);
  const leaves = pipelines.flatMap((p) =>
    leaveByAlarm(
      p,
      takenOutBy(p, alarm),
      { kind: 'alarm', ...alarm },
      besideOf(p, pipelines, alarm, [...presencesIn(state), ...elsewhere]),
      at,
    ),
  );
  return [...(recorded ? [] : [{ type: 'AlarmRaised', region, arn, changedAt, measured } satisfies Event]), ...leaves];
}

const deploysTo = (state: ServiceState, region: string): boolean =>
  Object.values(state.pipelines).some((p) =>
    Object.values(p.definitions).some((d) => d.stages.some((s) => s.regions.some((r) => r.region === region))),
  );

/** Who else may have done it: V9, the team's pipelines that had something unpromoted there; V10, those of the service that leave by it too. */
function besideOf(
  pipeline: PipelineState,
  pipelines: readonly PipelineState[],
  alarm: RaisedAlarm,
  presences: readonly Presence[],
): readonly string[] {
  const name = nameInTeam(pipeline);
  const leaving = pipelines.filter((p) => p !== pipeline && takenOutBy(p, alarm).length > 0);
  const present = presentBeside(name, presences, alarm.region, alarm.changedAt);
  return [...new Set([...present, ...leaving.map(nameInTeam)])].toSorted();
}

/**
 * A one-box alarm is a verdict on the release that bakes there (V6), unless another pipeline of the service has something unpromoted on the same
 * boxes: it takes out releases of both then, and is shared (V10).
 */
export function raiseOneBoxAlarm(
  state: ServiceState,
  pipeline: PipelineState,
  release: ReleaseState,
  alarm: RaisedAlarm,
  at: Instant,
): readonly Event[] {
  const reason = { kind: 'oneBoxAlarm', ...alarm } as const;
  const others = Object.values(state.pipelines)
    .filter((p) => p !== pipeline)
    .map((p) => ({ of: p, leaving: onOneBox(p, alarm) }))
    .filter(({ leaving }) => leaving.length > 0);
  if (others.length === 0) return leaveByVerdict(pipeline, release, reason, at);
  const all = [{ of: pipeline, leaving: [release] }, ...others];
  const names = all.map(({ of }) => nameInTeam(of));
  return all.flatMap(({ of, leaving }) =>
    leaveByAlarm(
      of,
      leaving,
      reason,
      names.filter((n) => n !== nameInTeam(of)),
      at,
    ),
  );
}
