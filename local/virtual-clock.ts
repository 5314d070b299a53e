import type { Clock, Instant } from '../domain/ports.ts';

interface Timer {
  readonly at: number;
  /** Of those due at the same time the lowest comes first, and the first set of equals. */
  readonly rank: number;
  readonly seq: number;
  readonly fire: () => unknown;
  cancelled: boolean;
}

export interface VirtualClockOptions {
  readonly startMs: number;
  /** Awaited before time moves on to the earliest timer. It may add earlier ones: the clock then looks again. */
  readonly beforeJump?: (toMs: number) => Promise<void>;
  /** Awaited with each jump, to show time passing at a speed that a person can follow; `cut` ends it when something arrives. */
  readonly pace?: (fromMs: number, toMs: number, cut: AbortSignal) => Promise<void>;
  /** Ranks a timer among those due at the same time, lowest first: which of several branches goes on. By default the one that was set first. */
  readonly rank?: () => number;
}

/**
 * Time that jumps. One timer fires at a time, in the order of (time, rank, sequence), and the next only when what it started has settled: the same
 * run has the same order however long real input and output take. All of those must happen inside a timer's `fire`.
 */
export class VirtualClock implements Clock {
  readonly #options: VirtualClockOptions;
  #now: number;
  #seq = 0;
  #heap: Timer[] = [];
  #cancelled = 0;
  #halted = false;
  #arrivals: { readonly take: () => Promise<void>; readonly refuse: () => void }[] = [];
  /** Cuts the pause short that time makes now. */
  #cut = new AbortController();
  #isOver = true;

  constructor(options: VirtualClockOptions) {
    this.#options = options;
    this.#now = options.startMs;
  }

  get nowMs(): number {
    return this.#now;
  }

  now(): Instant {
    return new Date(this.#now).toISOString();
  }

  /** Calls `fire` at that time, or now if it is past. Returns how to cancel it. */
  at(ms: number, fire: () => unknown): () => void {
    const rank = this.#options.rank?.() ?? 0;
    const timer: Timer = { at: Math.max(ms, this.#now), rank, seq: this.#seq++, fire, cancelled: false };
    this.#push(timer);
    return () => {
      if (timer.cancelled) return;
      timer.cancelled = true;
      if (++this.#cancelled > 64 && this.#cancelled * 2 > this.#heap.length) this.#compact();
    };
  }

  after(ms: number, fire: () => unknown): () => void {
    return this.at(this.#now + ms, fire);
  }

  /** Runs `work`, real input and output included, in its turn. */
  turn<T>(work: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.at(this.#now, () => work().then(resolve, reject));
    });
  }

  /**
   * Runs what comes from outside in its turn, before time moves on. Where time is about to pass it has passed already, since whatever happens
   * meanwhile may have been found out. @throws Error when nothing happens any more
   */
  arrive<T>(work: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const refuse = () => reject(new Error('nothing happens here any more'));
      if (this.#isOver) return refuse();
      this.#arrivals.push({ take: () => work().then(resolve, reject), refuse });
      this.#cut.abort();
    });
  }

  /** Lets time pass until nothing is left to happen, or `isOver` says so. */
  async run(isOver: () => boolean = () => false): Promise<void> {
    this.#isOver = false;
    try {
      await settle();
      while (!this.#halted) {
        if (await this.#takeArrivals()) continue;
        const next = this.#peek();
        if (next === undefined || isOver()) return;
        if (next.at > this.#now && (await this.#jump(next)) !== next) continue;
        if (this.#arrivals.length > 0) continue;
        this.#pop();
        next.cancelled = true;
        await next.fire();
        await settle();
      }
    } finally {
      this.#isOver = true;
      for (const { refuse } of this.#arrivals.splice(0)) refuse();
    }
  }

  async #takeArrivals(): Promise<boolean> {
    const arrivals = this.#arrivals.splice(0);
    for (const { take } of arrivals) {
      await take();
      await settle();
    }
    return arrivals.length > 0;
  }

  /** Nothing fires any more: what a killed process leaves behind. */
  halt(): void {
    this.#halted = true;
  }

  async #jump(next: Timer): Promise<Timer | undefined> {
    await this.#options.beforeJump?.(next.at);
    const earliest = this.#peek();
    if (earliest !== next || this.#halted) return earliest === next ? undefined : earliest;
    this.#cut = new AbortController();
    if (this.#arrivals.length > 0) this.#cut.abort();
    await this.#options.pace?.(this.#now, next.at, this.#cut.signal);
    this.#now = next.at;
    return next;
  }

  #peek(): Timer | undefined {
    while (this.#heap[0]?.cancelled) {
      this.#pop();
      this.#cancelled--;
    }
    return this.#heap[0];
  }

  /** Time-outs that were not needed would otherwise pile up. */
  #compact(): void {
    const live = this.#heap.filter((t) => !t.cancelled);
    this.#heap = [];
    this.#cancelled = 0;
    for (const timer of live) this.#push(timer);
  }

  #isBefore(a: Timer | undefined, b: Timer | undefined): boolean {
    if (a === undefined || b === undefined) return false;
    if (a.at !== b.at) return a.at < b.at;
    return a.rank !== b.rank ? a.rank < b.rank : a.seq < b.seq;
  }

  #swap(i: number, j: number): void {
    const [a, b] = [this.#heap[i], this.#heap[j]];
    if (a === undefined || b === undefined) return;
    this.#heap[i] = b;
    this.#heap[j] = a;
  }

  #push(timer: Timer): void {
    this.#heap.push(timer);
    for (let i = this.#heap.length - 1; i > 0; ) {
      const parent = (i - 1) >> 1;
      if (!this.#isBefore(this.#heap[i], this.#heap[parent])) return;
      this.#swap(i, parent);
      i = parent;
    }
  }

  #pop(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    for (let i = 0; ; ) {
      const [left, right] = [2 * i + 1, 2 * i + 2];
      let least = i;
      if (this.#isBefore(this.#heap[left], this.#heap[least])) least = left;
      if (this.#isBefore(this.#heap[right], this.#heap[least])) least = right;
      if (least === i) return;
      this.#swap(i, least);
      i = least;
    }
  }
}

/** One turn of the event loop: every promise that can go on without outside help has gone on. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
