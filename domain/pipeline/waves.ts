import { InvalidInput } from '../errors.ts';
import { type Catalogue, regionIn } from './regions.ts';

/** Regions, wave by wave. */
export type Waves = (catalogue: Catalogue, homeRegion: string) => readonly (readonly string[])[];

/**
 * The article's waves: a Region with few requests, one with many, then more and more at once. Regions that no wave names come in order of
 * rising traffic; `'rest'` takes all that are left.
 */
export function wavesOfIncreasingSize(spec: { first: string; second: string; next: readonly (number | 'rest')[] }): Waves {
  return (catalogue, homeRegion) => {
    const { partition } = regionIn(catalogue, homeRegion, 'homeRegion');
    const named = [spec.first, spec.second].map((r, i) => regionIn(catalogue, r, i === 0 ? 'waves.first' : 'waves.second').region);
    let left = catalogue
      .filter((r) => r.partition === partition && !named.includes(r.region))
      .toSorted((a, b) => b.trafficRank - a.trafficRank)
      .map((r) => r.region);
    const waves = named.map((r) => [r]);
    for (const [i, size] of spec.next.entries()) {
      const count = size === 'rest' ? left.length : size;
      if (size !== 'rest' && !(Number.isInteger(size) && size > 0))
        throw new InvalidInput(`waves.next[${i}]: ${size}; expected a whole number of Regions from 1 on, or 'rest'`);
      if (count === 0) throw new InvalidInput(`waves.next[${i}]: rest of the Regions wanted, none is left`);
      if (count > left.length) throw new InvalidInput(`waves.next[${i}]: ${count} Regions wanted, ${left.length} are left`);
      waves.push(left.slice(0, count));
      left = left.slice(count);
    }
    return waves;
  };
}

/** Waves by name, for pipelines of a few Regions. */
export const wavesOf =
  (...waves: readonly (readonly string[])[]): Waves =>
  () =>
    waves;
