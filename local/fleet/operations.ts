/** Where in the run the service's own code is: enough to blame one call when the whole worker dies or hangs in it. */
export interface OperationId {
  /** Index of the Region. */
  readonly region: number;
  /** Counted from 1 in that Region; the same in every run with the same seed and the same writes. */
  readonly operation: number;
}

/** An operation that once took the worker down: it is not run again, its box has ended there. */
export interface Crash extends OperationId {
  readonly reason: string;
}

const keyOf = ({ region, operation }: OperationId): string => `${region}#${operation}`;

/** Three shared numbers: one that grows while the worker gets on, and the Region and number of the one that is under way (0 when none is). */
export const PROGRESS_BYTES = 3 * Int32Array.BYTES_PER_ELEMENT;

export function readProgress(shared: SharedArrayBuffer): OperationId & { readonly ticks: number } {
  const view = new Int32Array(shared);
  return { ticks: Atomics.load(view, 0), region: Atomics.load(view, 1), operation: Atomics.load(view, 2) };
}

/** Runs every piece of the service's own code under its number. */
export class Operations {
  readonly #progress: Int32Array;
  readonly #crashes: ReadonlyMap<string, string>;
  readonly #counts: number[] = [];

  constructor(shared: SharedArrayBuffer, crashes: readonly Crash[]) {
    this.#progress = new Int32Array(shared);
    this.#crashes = new Map(crashes.map((crash) => [keyOf(crash), crash.reason]));
  }

  /** Says that the worker gets on where no code of the service runs. */
  tick(): void {
    this.#progress[0] = (this.#progress[0] ?? 0) + 1;
  }

  /** `run` under the next number of the Region, or `crashed` with the reason if it took the worker down before. */
  run<T>(region: number, run: () => T, crashed: (reason: string) => T): T {
    const operation = (this.#counts[region] ?? 0) + 1;
    this.#counts[region] = operation;
    const reason = this.#crashes.size === 0 ? undefined : this.#crashes.get(keyOf({ region, operation }));
    if (reason !== undefined) return crashed(reason);
    this.tick();
    this.#progress[1] = region;
    this.#progress[2] = operation;
    try {
      return run();
    } finally {
      this.#progress[2] = 0;
    }
  }
}
