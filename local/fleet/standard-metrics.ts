import { boundsBelow, LATENCY_BOUNDS_MS } from '../../domain/bake/latency.ts';
import {
  PERIOD_SECONDS,
  type ServedInRegion,
  type ServedPeriod,
  type ServedPlace,
  type ServedQuery,
  type ServedTotal,
} from '../../domain/bake/served.ts';
import { servedAs, servedOn } from './slot.ts';

const PERIOD_MS = PERIOD_SECONDS * 1000;

/** What one release served on one cell, period by period; a byte a call. */
class Series {
  readonly #at: number[] = [];
  readonly #requests: number[] = [];
  readonly #faults: number[] = [];
  /** Where the calls of each period end. */
  readonly #ends: number[] = [];
  /** Of each call, how many of the bounds it was slower than. */
  #calls = new Uint8Array(64);
  #size = 0;

  add(periodMs: number, requests: number, isFault: boolean, latencyMs: number): void {
    let last = this.#at.length - 1;
    if (this.#at[last] !== periodMs) {
      last++;
      this.#at.push(periodMs);
      this.#requests.push(0);
      this.#faults.push(0);
      this.#ends.push(this.#size);
    }
    if (this.#size === this.#calls.length) {
      const longer = new Uint8Array(2 * this.#size);
      longer.set(this.#calls);
      this.#calls = longer;
    }
    this.#calls[this.#size++] = boundsBelow(latencyMs);
    this.#requests[last] = (this.#requests[last] ?? 0) + requests;
    this.#faults[last] = (this.#faults[last] ?? 0) + (isFault ? 1 : 0);
    this.#ends[last] = this.#size;
  }

  /** Adds what it served in periods that begin from `fromMs` until before `toMs` to the tally of each. */
  addTo(fromMs: number, toMs: number, tallyOf: (periodMs: number) => Tally): void {
    for (let i = this.#at.length - 1; i >= 0; i--) {
      const at = this.#at[i] ?? 0;
      if (at < fromMs) return;
      if (at < toMs) {
        const calls = this.#calls.subarray(this.#ends[i - 1] ?? 0, this.#ends[i]);
        tallyOf(at).add(this.#requests[i] ?? 0, this.#faults[i] ?? 0, calls);
      }
    }
  }
}

class Tally {
  #requests = 0;
  #measured = 0;
  #faults = 0;
  /** How many calls were slower than just so many bounds. */
  readonly #byBounds = new Uint32Array(LATENCY_BOUNDS_MS.length + 1);

  add(requests: number, faults: number, calls: Uint8Array): void {
    this.#requests += requests;
    this.#measured += calls.length;
    this.#faults += faults;
    for (const bounds of calls) this.#byBounds[bounds] = (this.#byBounds[bounds] ?? 0) + 1;
  }

  get total(): ServedTotal {
    const slower: number[] = [];
    let left = this.#measured;
    for (let i = 0; i < LATENCY_BOUNDS_MS.length; i++) {
      left -= this.#byBounds[i] ?? 0;
      if (left === 0) break;
      slower.push(left);
    }
    return { requests: Math.round(this.#requests), measured: this.#measured, faults: this.#faults, slower };
  }
}

/** The standard metrics of one Region: of every call, by what served it. Calls are a sample; `requests` is what they stand for. */
export class StandardMetrics {
  readonly #series = new Map<string, Series>();

  /** @param servedBy a release on a cell, as `servedAs` names it */
  add(servedBy: string, atMs: number, requests: number, isFault: boolean, latencyMs: number): void {
    let series = this.#series.get(servedBy);
    if (series === undefined) {
      series = new Series();
      this.#series.set(servedBy, series);
    }
    series.add(atMs - (atMs % PERIOD_MS), requests, isFault, latencyMs);
  }

  /** At a place of this Region, and by what it is compared with. */
  served({ region, cells, older }: ServedPlace, { pipeline, release, from, to, earlier }: Omit<ServedQuery, 'places'>): ServedInRegion {
    const [fromMs, toMs] = [Date.parse(from), Date.parse(to)];
    const own = cells.map((cell) => servedAs(cell, pipeline, release));
    const others = older.map((o) => servedAs(o.cell, pipeline, o.release));
    const here = cells.map((cell) => servedOn(cell, pipeline));
    return {
      region,
      from,
      to,
      own: this.#periods(own, fromMs, toMs),
      older: this.#periods(others, fromMs, toMs),
      earlier: earlier.map((day) => this.#total(here, Date.parse(day.from), Date.parse(day.to))),
    };
  }

  /** Each period, those without a request too. */
  #periods(servedBy: readonly string[], fromMs: number, toMs: number): readonly ServedPeriod[] {
    const tallies = new Map<number, Tally>();
    for (let at = fromMs; at < toMs; at += PERIOD_MS) tallies.set(at, new Tally());
    for (const name of servedBy) this.#series.get(name)?.addTo(fromMs, toMs, (at) => tallies.get(at) ?? new Tally());
    return [...tallies].map(([at, tally]) => ({ at: new Date(at).toISOString(), ...tally.total }));
  }

  /** By all whose names begin like that. */
  #total(beginnings: readonly string[], fromMs: number, toMs: number): ServedTotal {
    const tally = new Tally();
    for (const [name, series] of this.#series) {
      if (beginnings.some((b) => name.startsWith(b))) series.addTo(fromMs, toMs, () => tally);
    }
    return tally.total;
  }
}
