interface Timer {
  readonly id: number;
  due: number;
  readonly every: number | null;
  readonly run: () => void;
}

/** The time of one box: it stands still unless it is moved on, and fires what is due on the way. */
export class BoxTime {
  now: number;
  #timers: Timer[] = [];
  #ids = 0;

  constructor(now: number) {
    this.now = now;
  }

  /** @param every in ms, to fire again and again; null for once */
  add(run: () => void, delayMs: number, every: number | null = null): number {
    this.#ids += 1;
    this.#timers.push({ id: this.#ids, due: this.now + Math.max(0, delayMs), every, run });
    return this.#ids;
  }

  remove(id: unknown): void {
    this.#timers = this.#timers.filter((timer) => timer.id !== Number(id));
  }

  /** Moves on to the next timer that is due by `until` and fires it; false, and `now` unchanged, when there is none. */
  fireNext(until: number): boolean {
    const next = this.#timers.reduce<Timer | null>((first, timer) => (first === null || timer.due < first.due ? timer : first), null);
    if (next === null || next.due > until) return false;
    this.now = Math.max(this.now, next.due);
    if (next.every === null) this.remove(next.id);
    else next.due = this.now + Math.max(1, next.every);
    next.run();
    return true;
  }
}
