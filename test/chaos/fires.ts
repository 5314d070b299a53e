import { regionOf } from '../../domain/pipeline/route.ts';
import { announce } from './acts.ts';
import { type Alarm, aggregateOf, oneBoxAlarmOf } from './alarm-board.ts';
import type { ChaosWorld } from './chaos-world.ts';
import type { Trait } from './scenario.ts';

const CLEARS_AFTER_MS = 3 * 60_000;
/** At once, late, lost, twice. */
const ARRIVALS: readonly (readonly number[])[] = [[0], [0], [90], [], [0, 30]];

const TRAITS: readonly Trait[] = ['burns', 'burnsInOneBox'];

/** A place where something may burn. */
interface Place {
  readonly pipeline: string;
  readonly region: string;
  readonly trait: Trait;
}

/** Alarms that go off because a bad version runs in a Region, and clear once it has gone. */
export class Fires {
  readonly #world: ChaosWorld;
  /** What smoulders or burns, by place and version. */
  readonly #known = new Set<string>();

  constructor(world: ChaosWorld) {
    this.#world = world;
  }

  /** Something else runs in the Region than before. */
  look(pipeline: string, region: string): void {
    for (const trait of TRAITS) {
      const place: Place = { pipeline, region, trait };
      for (const [version, minutes] of this.#badIn(place)) {
        const key = JSON.stringify([place, version]);
        if (this.#known.has(key)) continue;
        this.#known.add(key);
        this.#world.later(minutes * 60_000, () => this.#burn(key, place, version));
      }
    }
  }

  /** Whether a release runs somewhere that sets an alarm off, sooner or later. */
  isBurning(pipeline: string, release: number): boolean {
    const regions = new Set(this.#world.boxes.cells.map((c) => regionOf(c.cell)));
    const places = [...regions].flatMap((region) => TRAITS.map((trait) => ({ pipeline, region, trait })));
    return places.some((place) => [...this.#badIn(place).keys()].some((version) => version.startsWith(`r${release}-`)));
  }

  /** Version → how soon it burns. */
  #badIn({ pipeline, region, trait }: Place): ReadonlyMap<string, number> {
    const { boxes } = this.#world;
    const wanted = trait === 'burnsInOneBox' ? `${region}/one-box` : `${region}/`;
    const cells = boxes.cells.filter((c) => c.pipeline === pipeline && c.cell.startsWith(wanted));
    const bad = new Map<string, number>();
    for (const version of cells.flatMap((c) => boxes.versionsOn(c))) {
      const flaws = this.#world.flawsOf(pipeline, version).filter((f) => f.trait === trait);
      if (flaws.length > 0) bad.set(version.version, Math.min(...flaws.map((f) => f.burnsAfterMinutes)));
    }
    return bad;
  }

  async #burn(key: string, place: Place, version: string): Promise<void> {
    const world = this.#world;
    const { pipeline, region, trait } = place;
    const alarm: Alarm = trait === 'burns' ? aggregateOf(region) : oneBoxAlarmOf(region, pipeline);
    if (this.#badIn(place).has(version)) {
      if (world.board.raise(alarm, key, world.nowMs)) announce(world, alarm, 'ALARM', ARRIVALS[world.pick(ARRIVALS.length)] ?? []);
      world.later(CLEARS_AFTER_MS, () => this.#burn(key, place, version));
      return;
    }
    this.#known.delete(key);
    if (world.board.clear(alarm, key, world.nowMs)) announce(world, alarm, 'OK', [0]);
  }
}
