import type { Revision } from '../../domain/ports.ts';
import type { Change, Trait } from './scenario.ts';

export interface Flaw {
  readonly trait: Trait;
  readonly hurts: number;
  readonly burnsAfterMinutes: number;
}

/** Commits one after the other, each with what is wrong with it; who pushes can tell what stands after reverts, and reverts of reverts. */
export class Mainline {
  readonly #flaws = new Map<string, Flaw>();
  readonly #stands = new Map<string, boolean>();
  /** Revert → the ordinary commits that it took out, or brought back. */
  readonly #reverts = new Map<string, { readonly shas: readonly string[]; readonly removes: boolean }>();
  readonly #shas: string[] = [];
  /** Sha of a head → the flaws that stand in it. */
  readonly #flawsAt = new Map<string, readonly Flaw[]>();

  /** The commit that a change makes here; a revert of what is gone already brings nothing, so it becomes an ordinary commit. */
  commit({ kind, of, trait, hurts, burnsAfterMinutes, fixes }: Change): Pick<Revision, 'sha' | 'removes' | 'restores' | 'fixesReleases'> {
    const sha = this.#nextSha();
    const fixesReleases = fixes === 0 ? [] : [fixes];
    const reverted = kind === 'revert' ? this.#shas.at(-1 - (of % Math.max(1, this.#shas.length))) : undefined;
    const effect = reverted === undefined ? null : this.#effectOfReverting(reverted);
    if (effect === null) {
      this.#flaws.set(sha, { trait, hurts, burnsAfterMinutes });
      this.#stands.set(sha, true);
      return this.#add({ sha, removes: [], restores: [], fixesReleases });
    }
    return this.#add({ sha, ...this.#apply(sha, effect), fixesReleases });
  }

  /** Takes out everything that stands and is not good. */
  fix(releases: readonly number[]): Pick<Revision, 'sha' | 'removes' | 'restores' | 'fixesReleases'> {
    const sha = this.#nextSha();
    const bad = [...this.#flaws].filter(([s, { trait }]) => this.#stands.get(s) && trait !== 'good');
    const shas = bad.map(([s]) => s);
    return this.#add({ sha, ...this.#apply(sha, { shas, removes: true }), fixesReleases: releases });
  }

  flawsIn(head: string): readonly Flaw[] {
    return this.#flawsAt.get(head) ?? [];
  }

  get length(): number {
    return this.#shas.length;
  }

  #nextSha(): string {
    return `c${String(this.#shas.length + 1).padStart(7, '0')}`;
  }

  #effectOfReverting(sha: string): { shas: readonly string[]; removes: boolean } | null {
    const revert = this.#reverts.get(sha);
    const removes = revert === undefined || !revert.removes;
    const shas = (revert?.shas ?? [sha]).filter((s) => this.#stands.get(s) === removes);
    return shas.length === 0 ? null : { shas, removes };
  }

  #apply(sha: string, effect: { shas: readonly string[]; removes: boolean }) {
    for (const s of effect.shas) this.#stands.set(s, !effect.removes);
    this.#reverts.set(sha, effect);
    return { removes: effect.removes ? effect.shas : [], restores: effect.removes ? [] : effect.shas };
  }

  #add<T extends { sha: string }>(revision: T): T {
    this.#shas.push(revision.sha);
    const flaws = [...this.#flaws].filter(([s, { trait }]) => this.#stands.get(s) && trait !== 'good').map(([, flaw]) => flaw);
    this.#flawsAt.set(revision.sha, flaws);
    return revision;
  }
}
