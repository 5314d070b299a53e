// Windows, freezes, local hours, hours of the staff and the maximum of a window, found a second time: by what the wall clocks say, minute by minute.
import { openStay, type Pipeline, policyOf, type Release, routeOf } from './book.ts';
import { bakeOf, type Definition, isOneBox, regionOf, stageIn, stepsOf } from './definition.ts';
import { factorAt } from './expediting.ts';
import { dayIn, freezesAt, isOpen, opensAt, UNCLEAR } from './windows.ts';

const MINUTE_MS = 60_000;

export interface StandingTime {
  readonly kind: 'window' | 'freeze' | 'regionHours' | 'staffed' | 'maximum';
  readonly key: string;
}

export function timesAgainst(pipeline: Pipeline, release: Release, step: string, at: string): StandingTime[] {
  const policy = policyOf(pipeline);
  if (policy === undefined) return [];
  const isClosed = policy.windows !== null && isOpen(policy.windows, at) === false;
  const stage = step.split('/')[0] ?? '';
  const entersWave = openStay(release)?.stage !== stage;
  return [
    ...(isClosed ? [{ kind: 'window', key: `${opensAt(policy, at)}` } as const] : []),
    ...freezesAt(policy.freezes, at).map((f) => ({ kind: 'freeze', key: `${f.reason} ${Date.parse(f.to)}` }) as const),
    ...closedRegions(pipeline, release, step, at),
    ...unattended(pipeline, release, step, at),
    ...(entersWave ? maximum(pipeline, policy, at) : []),
  ];
}

function regionsOf(pipeline: Pipeline, release: Release, step: string): Set<string> {
  const stage = stageIn(routeOf(pipeline, release), step);
  const cells = stage === undefined ? [] : (stepsOf(stage).find((s) => s.step === step)?.cells ?? []);
  return new Set(cells.map(regionOf));
}

function closedRegions(pipeline: Pipeline, release: Release, step: string, at: string): StandingTime[] {
  const hours = policyOf(pipeline)?.regionHours ?? {};
  const closed = [...regionsOf(pipeline, release, step)].filter((region) => {
    const own = hours[region];
    return own !== undefined && isOpen(own, at) === false;
  });
  return closed.length === 0 ? [] : [{ kind: 'regionHours', key: closed.join(' ') }];
}

/** The least that a step takes: its roll-out, and a bake that has lasted its time and seen as much health as it asks for. */
export function endOfStep(pipeline: Pipeline, release: Release, step: string, at: string): string | undefined {
  const route = stageIn(routeOf(pipeline, release), step);
  if (route === undefined) return undefined;
  const { seconds, healthySeconds } = bakeOf(stageIn(policyOf(pipeline), step) ?? route, step);
  const { paceSeconds } = isOneBox(step) ? route.oneBox.rollOut : route.cells.rollOut;
  const factor = factorAt(pipeline, release.number, at);
  const least = Math.ceil(paceSeconds * factor) + Math.max(Math.ceil(seconds * factor), healthySeconds);
  return new Date(Date.parse(at) + least * 1000).toISOString();
}

/** Whether in some minute until the step's end nobody is there. */
function unattended(pipeline: Pipeline, release: Release, step: string, at: string): StandingTime[] {
  const offices = policyOf(pipeline)?.staffed ?? [];
  const end = endOfStep(pipeline, release, step, at);
  if (offices.length === 0 || end === undefined) return [];
  for (let ms = Date.parse(at); ms < Date.parse(end); ms += MINUTE_MS) {
    const moment = new Date(ms).toISOString();
    if (offices.every((office) => isOpen(office, moment) === false)) return [{ kind: 'staffed', key: '' }];
  }
  const last = new Date(Date.parse(end) - 1).toISOString();
  return offices.every((office) => isOpen(office, last) === false) ? [{ kind: 'staffed', key: '' }] : [];
}

/** Entries into waves on the same day of the windows' zone, from their opening on. */
function maximum(pipeline: Pipeline, { windows, maxDeploymentsPerWindow }: Definition, at: string): StandingTime[] {
  if (windows === null || maxDeploymentsPerWindow === null || isOpen(windows, at) !== true) return [];
  const started = pipeline.waveEntries.filter((e) => dayIn(windows, e) === dayIn(windows, at) && isOpen(windows, e) === true).length;
  return started < maxDeploymentsPerWindow ? [] : [{ kind: 'maximum', key: `${started}` }];
}

/** Whether what time says here can be told: no bound of these hours is skipped or repeated by a clock. */
export const isUnclear = (pipeline: Pipeline, at: string): boolean => {
  const policy = policyOf(pipeline);
  const hours = [...Object.values(policy?.regionHours ?? {}), ...(policy?.staffed ?? [])];
  const isWindowUnclear = policy?.windows != null && (isOpen(policy.windows, at) === UNCLEAR || opensAt(policy, at) === UNCLEAR);
  return isWindowUnclear || hours.some((h) => isOpen(h, at) === UNCLEAR);
};
