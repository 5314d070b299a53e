import { anomaliesIn, judgeRegion } from '../../domain/bake/anomaly.ts';
import { LATENCY_BOUNDS_MS } from '../../domain/bake/latency.ts';
import type { ServedInRegion, ServedPeriod, ServedTotal } from '../../domain/bake/served.ts';
import type { Anomaly } from '../../domain/events.ts';
import { seededRandom } from '../../local/fleet/random.ts';

const PERIODS_AN_HOUR = 12;
const HOUR_MS = 3_600_000;
const PERIOD_MS = HOUR_MS / PERIODS_AN_HOUR;
const START_MS = Date.parse('2026-11-02T00:00:00.000Z');

/** What a Region's traffic is like, and what a release does to it. */
export interface Scene {
  readonly requestsPerHour: number;
  /** % of requests that fault anyway. */
  readonly faultPercent: number;
  /** Days of which there is something to compare with. */
  readonly days: number;
  /** Whether other cells of the Region run the old version. */
  readonly hasOlder: boolean;
  /** Of the Region's requests, in %: 10 for a one-box, 30 for one cell of three. */
  readonly sharePercent: number;
  readonly regression?: Regression;
}

export interface Regression {
  /** Minutes after the bake began. */
  readonly fromMinute: number;
  readonly faultPercent?: number;
  readonly slower?: number;
  readonly isSilent?: boolean;
}

type Random = () => number;

/** Box and Muller. */
const normal = (random: Random): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

function binomial(random: Random, n: number, p: number): number {
  if (n <= 0 || p <= 0) return 0;
  if (p >= 1) return n;
  if (n * Math.min(p, 1 - p) > 30) return Math.min(n, Math.max(0, Math.round(n * p + Math.sqrt(n * p * (1 - p)) * normal(random))));
  let hits = 0;
  for (let i = 0; i < n; i++) if (random() < p) hits++;
  return hits;
}

function poisson(random: Random, mean: number): number {
  if (mean > 50) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal(random)));
  const limit = Math.exp(-mean);
  let product = random();
  let count = 0;
  while (product > limit) {
    product *= random();
    count++;
  }
  return count;
}

/** Abramowitz and Stegun 26.2.17. */
function above(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const tail =
    (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) *
    t *
    (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return z >= 0 ? tail : 1 - tail;
}

/** The moods of a Region, one a period: they act on all of its cells. */
interface Mood {
  readonly load: number;
  readonly faults: number;
  readonly slow: number;
  readonly extraFaults: number;
}

/** Seasons of the day and the week, load and latency that wander, bursts, and a dependency that is down or slow now and then. */
function* moods(random: Random, fromMs: number): Generator<Mood> {
  let [load, faults, slow] = [0, 0, 0];
  let [downFor, slowFor] = [0, 0];
  for (let ms = fromMs; ; ms += PERIOD_MS) {
    const at = new Date(ms);
    const hour = at.getUTCHours() + at.getUTCMinutes() / 60;
    const season = (1 + 0.6 * Math.cos(((hour - 15) / 12) * Math.PI)) * (at.getUTCDay() % 6 === 0 ? 0.5 : 1);
    load = 0.9 * load + 0.1 * normal(random);
    faults = 0.9 * faults + 0.15 * normal(random);
    slow = 0.9 * slow + 0.05 * normal(random);
    const burst = random() < 0.02 ? 1 + 4 * random() : 1;
    if (downFor-- <= 0) downFor = random() < 0.002 ? Math.ceil(6 * random()) : 0;
    if (slowFor-- <= 0) slowFor = random() < 0.004 ? Math.ceil(6 * random()) : 0;
    yield {
      load: season * burst * Math.exp(load),
      faults: Math.exp(faults),
      slow: Math.exp(slow) * (slowFor > 0 ? 3 : 1),
      extraFaults: downFor > 0 ? 0.2 : 0,
    };
  }
}

/** What is peculiar to a cell: a little more or fewer faults, a little slower, and a box that is sick for some minutes, rarely. */
class Cell {
  readonly #random: Random;
  readonly #faults: number;
  readonly #slow: number;
  #sickFor = 0;

  constructor(random: Random) {
    this.#random = random;
    this.#faults = Math.exp(0.2 * normal(random));
    this.#slow = Math.exp(0.1 * normal(random));
  }

  serve(mood: Mood, mean: number, faultPercent: number, regression?: Regression): ServedTotal {
    const random = this.#random;
    if (this.#sickFor-- <= 0) this.#sickFor = random() < 0.0005 ? Math.ceil(3 * random()) : 0;
    const requests = regression?.isSilent ? 0 : poisson(random, mean * mood.load);
    const sick = this.#sickFor > 0 ? 0.25 : 0;
    const share = (faultPercent / 100) * this.#faults * mood.faults + mood.extraFaults + sick + (regression?.faultPercent ?? 0) / 100;
    const median = 40 * this.#slow * mood.slow * (regression?.slower ?? 1);
    let left = requests;
    let before = 1;
    const slower = LATENCY_BOUNDS_MS.map((bound) => {
      const tail = above(Math.log(bound / median) / 0.7);
      left = binomial(random, left, before === 0 ? 0 : Math.min(1, tail / before));
      before = tail;
      return left;
    });
    return { requests, measured: requests, faults: binomial(random, requests, Math.min(1, share)), slower };
  }
}

const plus = (a: ServedTotal, b: ServedTotal): ServedTotal => ({
  requests: a.requests + b.requests,
  measured: a.measured + b.measured,
  faults: a.faults + b.faults,
  slower: a.slower.map((n, i) => n + (b.slower[i] ?? 0)),
});
const NOTHING: ServedTotal = { requests: 0, measured: 0, faults: 0, slower: LATENCY_BOUNDS_MS.map(() => 0) };

interface Bake {
  readonly own: readonly ServedPeriod[];
  readonly older: readonly ServedPeriod[];
  /** Days of periods, newest first. */
  readonly earlier: readonly (readonly ServedTotal[])[];
}

/** A bake of so many hours in one Region, and the same hours of the days before. */
function bakeOf(scene: Scene, seed: string, hours: number): Bake {
  const random = seededRandom(seed);
  const hourOfDay = Math.floor(24 * random());
  const dayMs = START_MS + Math.floor(7 * random()) * 24 * HOUR_MS + hourOfDay * HOUR_MS;
  const [own, other] = [new Cell(random), new Cell(random)];
  const mean = (percent: number) => (scene.requestsPerHour * percent) / 100 / PERIODS_AN_HOUR;
  const count = hours * PERIODS_AN_HOUR;
  const earlier = Array.from({ length: scene.days }, (_, day) => {
    const mood = moods(random, dayMs - (day + 1) * 24 * HOUR_MS);
    return Array.from({ length: count }, () => own.serve(mood.next().value as Mood, mean(scene.sharePercent), scene.faultPercent));
  });
  const mood = moods(random, dayMs);
  const today = Array.from({ length: count }, (_, i) => {
    const { regression } = scene;
    const now = mood.next().value as Mood;
    const isOn = regression !== undefined && i * 5 >= regression.fromMinute;
    return {
      own: { at: at(dayMs, i), ...own.serve(now, mean(scene.sharePercent), scene.faultPercent, isOn ? regression : undefined) },
      older: { at: at(dayMs, i), ...other.serve(now, mean(90 - scene.sharePercent), scene.faultPercent) },
    };
  });
  return { own: today.map((t) => t.own), older: scene.hasOlder ? today.map((t) => t.older) : [], earlier };
}

const at = (fromMs: number, period: number): string => new Date(fromMs + period * PERIOD_MS).toISOString();

export interface Found {
  readonly minute: number;
  readonly anomaly: Anomaly;
}

/**
 * Looks as a bake is looked at: each quarter of an hour at the last hour, at the end at the whole as well, and after a finding again in five minutes. What
 * two looks in a row found first, if they did.
 */
export function bakeAndLook(scene: Scene, seed: string, hours: number): Found | null {
  const bake = bakeOf(scene, seed, hours);
  const share = scene.hasOlder ? scene.sharePercent / (90 - scene.sharePercent) : null;
  const last = hours * PERIODS_AN_HOUR;
  let before: Anomaly | null = null;
  for (let end = 3; end <= last; ) {
    const [anomaly = null] = spansTo(end, end >= last).flatMap((from) => anomaliesIn(judgeRegion(servedIn(bake, from, end), share, 100)));
    if (anomaly !== null && before !== null) return { minute: end * 5, anomaly };
    before = anomaly;
    end = end === last ? last + 1 : Math.min(last, end + (anomaly === null ? 3 : 1));
  }
  return null;
}

const spansTo = (end: number, isOver: boolean): readonly number[] =>
  isOver ? [Math.max(0, end - PERIODS_AN_HOUR), 0] : [Math.max(0, end - PERIODS_AN_HOUR)];

const servedIn = (bake: Bake, from: number, end: number): ServedInRegion => ({
  region: 'r',
  from: bake.own[from]?.at ?? '',
  to: at(Date.parse(bake.own[0]?.at ?? ''), end),
  own: bake.own.slice(from, end),
  older: bake.older.slice(from, end),
  earlier: bake.earlier.map((day) => day.slice(from, end).reduce(plus, NOTHING)),
});
