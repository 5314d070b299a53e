/** Something that takes requests while it is in service. */
export interface Routable {
  readonly id: string;
  readonly inService: boolean;
}

/** Spreads a Region's calls: the one-box gets its percentage at most, over any stretch of time; the others share the rest evenly. */
export class Router<T extends Routable> {
  readonly #percent: number;
  #owed = 0;
  #turn = 0;

  constructor(oneBoxPercent: number) {
    this.#percent = oneBoxPercent;
  }

  /** The box for the next call; null when none is in service. A one-box alone never gets more than its percentage. */
  next(oneBox: readonly T[], body: readonly T[]): T | null {
    const one = oneBox.find((box) => box.inService);
    // While it is out of service nothing is saved up for it: a burst afterwards would be more than its share.
    this.#owed = one === undefined ? 0 : this.#owed + this.#percent;
    if (one !== undefined && this.#owed >= 100) {
      this.#owed -= 100;
      return one;
    }
    for (let tried = 0; tried < body.length; tried += 1) {
      this.#turn = (this.#turn + 1) % body.length;
      const box = body[this.#turn];
      if (box?.inService) return box;
    }
    return null;
  }
}
