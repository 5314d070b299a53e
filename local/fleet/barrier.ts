const [ARRIVED, GENERATION, RAISED, RESULT] = [0, 1, 2, 3] as const;
export const BARRIER_BYTES = 4 * Int32Array.BYTES_PER_ELEMENT;
/** A thread that has only a little to wait does not go to sleep. */
const SPINS = 30_000;

/** Where the fleet's threads meet after each minute, and hear whether one of them has something to tell. */
export class Barrier {
  readonly #view: Int32Array;
  readonly #parties: number;

  constructor(shared: SharedArrayBuffer, parties: number) {
    this.#view = new Int32Array(shared);
    this.#parties = parties;
  }

  /** Returns, in every thread alike, whether any of them raised its hand. Blocks the thread until all are there. */
  meet(raises: boolean): boolean {
    const view = this.#view;
    if (raises) Atomics.store(view, RAISED, 1);
    const generation = Atomics.load(view, GENERATION);
    if (Atomics.add(view, ARRIVED, 1) + 1 === this.#parties) {
      // Read by all before anyone can come to the next meeting, which alone writes it again.
      Atomics.store(view, RESULT, Atomics.exchange(view, RAISED, 0));
      Atomics.store(view, ARRIVED, 0);
      Atomics.add(view, GENERATION, 1);
      Atomics.notify(view, GENERATION);
    } else {
      for (let i = 0; i < SPINS && Atomics.load(view, GENERATION) === generation; i++);
      while (Atomics.load(view, GENERATION) === generation) Atomics.wait(view, GENERATION, generation);
    }
    return Atomics.load(view, RESULT) === 1;
  }
}
