import type { Snapshot, Views, Waiter } from '../domain/ports.ts';

export class MemoryViews implements Views {
  readonly #snapshots = new Map<string, Snapshot>();
  readonly #waiters = new Map<string, Map<string, Waiter>>();

  async loadSnapshot(stream: string, code: string): Promise<Snapshot | null> {
    return structuredClone(this.#snapshots.get(JSON.stringify([stream, code])) ?? null);
  }

  async saveSnapshot(snapshot: Snapshot): Promise<void> {
    const key = JSON.stringify([snapshot.stream, snapshot.code]);
    const stored = this.#snapshots.get(key);
    if (stored === undefined || stored.seq < snapshot.seq) this.#snapshots.set(key, structuredClone(snapshot));
  }

  async addWaiter(waiter: Waiter): Promise<void> {
    const waiters = this.#waiters.get(waiter.key) ?? new Map<string, Waiter>();
    this.#waiters.set(waiter.key, waiters.set(waiter.token, waiter));
  }

  async removeWaiter(key: string, token: string): Promise<void> {
    this.#waiters.get(key)?.delete(token);
  }

  async waiters(key: string): Promise<readonly Waiter[]> {
    return [...(this.#waiters.get(key)?.values() ?? [])];
  }
}
