import { setTimeout as sleep } from 'node:timers/promises';

export interface Patience {
  /** Default: 10. */
  readonly seconds?: number;
  /** Default: 20. */
  readonly everyMs?: number;
}

/** What `look` returns once it no longer throws; what it threw last when `seconds` are over. */
export async function eventually<T>(look: () => T | Promise<T>, { seconds = 10, everyMs = 20 }: Patience = {}): Promise<T> {
  const until = performance.now() + seconds * 1000;
  for (;;) {
    try {
      return await look();
    } catch (error) {
      if (performance.now() > until) throw error;
    }
    await sleep(everyMs);
  }
}
