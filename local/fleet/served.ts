/** What each release served on each cell, minute by minute: the data points of bakes. */
export class Served {
  /** Only what a Region with an unpromoted release serves is ever asked for. */
  isCounting = false;
  readonly #kinds: readonly string[];
  /** A pipeline's release on a cell (`servedAs`) → what it served there in each minute, oldest first. */
  readonly #minutes = new Map<string, { readonly atMs: number; readonly requests: readonly number[] }[]>();
  #open = new Map<string, number[]>();

  constructor(kinds: readonly string[]) {
    this.#kinds = kinds;
  }

  add(key: string, kind: number, requests: number): void {
    if (!this.isCounting) return;
    let counts = this.#open.get(key);
    if (counts === undefined) {
      counts = this.#kinds.map(() => 0);
      this.#open.set(key, counts);
    }
    counts[kind] = (counts[kind] ?? 0) + requests;
  }

  close(atMs: number): void {
    for (const [key, requests] of this.#open) {
      const minutes = this.#minutes.get(key) ?? [];
      this.#minutes.set(key, minutes);
      minutes.push({ atMs, requests });
    }
    this.#open = new Map();
  }

  /** Requests of a kind (`<name>Requests`), or of all (`Requests`), in whole minutes since then. */
  count(keys: readonly string[], metric: string, sinceMs: number): number {
    let total = 0;
    for (const key of keys) {
      for (const { atMs, requests } of this.#minutes.get(key) ?? []) {
        if (atMs < sinceMs) continue;
        this.#kinds.forEach((kind, i) => {
          if (metric === 'Requests' || metric === `${kind}Requests`) total += requests[i] ?? 0;
        });
      }
    }
    return Math.floor(total);
  }
}
