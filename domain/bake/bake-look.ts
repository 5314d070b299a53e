import { noData } from '../entry/blockers-of-health.ts';
import type { Anomaly, Event, EventOf, Lack } from '../events.ts';
import type { BakePolicy } from '../pipeline/definition.ts';
import { policyOf } from '../pipeline/route.ts';
import type { BakeState, PipelineState, ReleaseState } from '../state.ts';
import { anomaliesIn, type Judged, judgeRegion } from './anomaly.ts';
import type { BakeLook, BakeProgress } from './baking.ts';
import { type Unread, unreadAlarms } from './readings.ts';
import { PERIOD_SECONDS } from './served.ts';
import { placesOf, shareIn } from './served-places.ts';

/** What of a look at a bake could not be read. Standard metrics that are only recorded hold nobody up. */
export function unreadInBake(pipeline: PipelineState, look: BakeLook): readonly Unread[] {
  const needsMetrics = policyOf(pipeline).health.anomalies === 'rollBack';
  const counts = Object.entries(look.counts).filter(([, counted]) => counted === null);
  return [
    ...unreadAlarms(look.alarms.flatMap(noData)),
    ...counts.map(([name]): Unread => ({ kind: 'dataPoints', name })),
    ...(look.served === null && needsMetrics ? [{ kind: 'standardMetrics', name: 'standard metrics' } satisfies Unread] : []),
  ];
}

/** Every standard metric of every Region and time that the look is about. */
export function judgedIn(pipeline: PipelineState, release: ReleaseState, look: BakeLook): readonly Judged[] {
  const { atLeastRequests } = policyOf(pipeline).health;
  const places = new Map(placesOf(pipeline, release).map((p) => [p.region, p]));
  return (look.served ?? []).flatMap((served) => {
    const place = places.get(served.region);
    return place === undefined ? [] : judgeRegion(served, shareIn(pipeline, release, place), atLeastRequests);
  });
}

const keyOf = ({ region, metric }: Pick<Judged, 'region' | 'metric'>): string => `${region}/${metric}`;

/** How near a metric is to what is far from normal. */
const nearness = ({ value, threshold }: Judged): number => (threshold === null ? -1 : value / threshold);

/** Of each metric the one that is nearest to an anomaly: what a bake passes on. */
export function nearestOf(judged: readonly Judged[]): EventOf<'BakePassed'>['metrics'] {
  const byMetric = Map.groupBy(judged, (j) => j.metric);
  return [...byMetric.values()].flatMap((all) => {
    const [nearest] = all.toSorted((a, b) => a.chance - b.chance || nearness(b) - nearness(a));
    if (nearest === undefined) return [];
    const { region, metric, value, threshold, requests, chance } = nearest;
    return [{ region, metric, value, threshold, requests, chance }];
  });
}

export interface Finding {
  readonly events: readonly Event[];
  /** The look found one that does not let the bake pass. */
  readonly isOpen: boolean;
  /** It was found by more looks in a row than may find one: the release leaves by it. */
  readonly failure: (Anomaly & { readonly looks: number; readonly atMost: number }) | null;
}

const NOTHING: Finding = { events: [], isOpen: false, failure: null };

/** One a Region and metric, the least likely first. */
const oneEach = (anomalies: readonly Anomaly[]): readonly Anomaly[] =>
  anomalies.filter((a, i) => anomalies.findIndex((b) => keyOf(b) === keyOf(a)) === i);

/** Whether a look found anomalies, and whether enough looks in a row have. Where they are only recorded, each Region and metric is once a bake. */
export function findingOf(
  pipeline: PipelineState,
  release: ReleaseState,
  bake: BakeState,
  look: BakeLook,
  judged: readonly Judged[],
): Finding {
  const { anomalies: mode, failureLimit: atMost } = policyOf(pipeline).health;
  const anomalies = oneEach(anomaliesIn(judged));
  const [worst] = anomalies;
  if (worst === undefined) return NOTHING;
  const of = { pipeline: pipeline.name, release: release.number, scope: bake.scope, lookedAt: look.lookedAt, policy: pipeline.policy };
  const found = (looks: number, which: readonly Anomaly[]): readonly Event[] =>
    which.length === 0 ? [] : [{ type: 'AnomaliesFound', ...of, mode, looks, atMost, anomalies: [...which] }];
  if (mode === 'record')
    return {
      ...NOTHING,
      events: found(
        1,
        anomalies.filter((a) => !bake.recorded.includes(keyOf(a))),
      ),
    };
  const looks = looksInARow(bake, look);
  if (looks === null) return { ...NOTHING, isOpen: true };
  return { events: found(looks, anomalies), isOpen: true, failure: looks > atMost ? { ...worst, looks, atMost } : null };
}

/** A look counts once there is a period that the one before did not see, and in a row while no more than three have passed. Null: it does not count. */
function looksInARow({ found }: BakeState, { lookedAt }: BakeLook): number | null {
  if (found === null) return 1;
  const periods = (Date.parse(lookedAt) - Date.parse(found.at)) / (PERIOD_SECONDS * 1000);
  if (periods < 1) return null;
  return periods > 3 ? 1 : found.looks + 1;
}

/**
 * What keeps the bake from passing, beside its time and anomalies.
 * @param inconclusive what could not be read for longer than is borne: before that it is read again, and no lack
 */
export function lacksOf(
  release: ReleaseState,
  policy: BakePolicy,
  progress: BakeProgress,
  look: BakeLook,
  inconclusive: readonly Unread[],
): readonly Lack[] {
  const isGivenUp = (kind: Unread['kind']) => inconclusive.some((u) => u.kind === kind);
  const regions = release.stay?.regions ?? [];
  const missing = regions
    .filter((region) => !look.alarms.some((a) => a.region === region && a.scope === 'aggregate'))
    .map((region): Lack => ({ kind: 'noData', region, arn: '', scope: 'aggregate', alarm: 'aggregate', state: 'MISSING' }));
  const unclear = look.alarms.flatMap(noData).filter((d) => d.state !== 'UNREADABLE' || isGivenUp('alarm'));
  const unknown = [...missing, ...unclear, ...(isGivenUp('standardMetrics') ? [{ kind: 'standardMetrics' } satisfies Lack] : [])];
  if (!progress.timeIsOver) return unknown;
  const { healthySeconds } = progress;
  const tooShort = look.alarms.flatMap(noData).length === 0 && missing.length === 0 && !progress.healthy;
  return [
    ...progress.dataPoints
      .filter((d) => (d.counted === null ? isGivenUp('dataPoints') : d.counted < d.atLeast))
      .map((d): Lack => ({ kind: 'dataPoints', ...d })),
    ...(tooShort ? [{ kind: 'health', healthySeconds, atLeastSeconds: policy.healthySeconds } satisfies Lack] : []),
    ...unknown,
  ];
}

/** What makes a lack another one: not the value that it happens to have now. */
const lackKey = (lack: Lack): string =>
  lack.kind === 'dataPoints'
    ? `dataPoints ${lack.metric}`
    : lack.kind === 'noData'
      ? `noData ${lack.arn} ${lack.alarm} ${lack.state}`
      : lack.kind;

/** Told when it changes. */
export function heldOpen(
  pipeline: PipelineState,
  release: ReleaseState,
  bake: BakeState,
  look: BakeLook,
  lacks: readonly Lack[],
): readonly Event[] {
  if (lacks.map(lackKey).join() === bake.lacks.map(lackKey).join()) return [];
  const of = { pipeline: pipeline.name, release: release.number, scope: bake.scope };
  return [{ type: 'BakeHeldOpen', ...of, lookedAt: look.lookedAt, policy: pipeline.policy, lacks: [...lacks] }];
}
