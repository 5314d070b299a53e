import { createHash } from 'node:crypto';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** A seeded generator: 0 ≤ value < 1, the same sequence for the same key on every machine. */
export function seededRandom(key: string): () => number {
  const generator = xoroshiro128plus(createHash('sha256').update(key).digest().readInt32LE());
  return () => (generator.next() >>> 0) / 2 ** 32;
}
