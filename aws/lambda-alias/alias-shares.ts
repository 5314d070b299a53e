import type { Batch, Box, Version } from '../../domain/ports.ts';

/** A release on an alias, and the published version of the function that it is. */
export interface Standing {
  /** Of the function: `12`. */
  readonly published: string;
  readonly release: number;
  /** What the release calls its version; of what was there before us `v<published>`. */
  readonly version: string;
}

/** Boxes next to each other on which one epoch put one version. */
export interface Run {
  readonly standing: Standing;
  readonly epoch: number;
  readonly boxes: number;
}

/** The boxes of a cell as they lie on an alias: `w1`, `w2`, … from the first run on. */
export interface Share {
  /** The highest epoch that has written here. */
  readonly epoch: number;
  readonly runs: readonly Run[];
}

export type ShareName = 'oneBox' | 'body';

/** What an alias carries of each cell that has a share of it. */
export type Shares = Readonly<Partial<Record<ShareName, Share>>>;

/** How many boxes each has; a box of the body is a hundredth of its weight. */
export const SHARE_BOXES: Readonly<Record<ShareName, number>> = { oneBox: 1, body: 100 };

const isSame = (a: Standing, b: Standing): boolean => a.published === b.published && a.release === b.release && a.version === b.version;

/** All of an alias on what was there before anything was put on it by us. */
export const untouched = (names: readonly ShareName[], published: string): Shares => {
  const standing: Standing = { published, release: 0, version: `v${published}` };
  return Object.fromEntries(names.map((name) => [name, { epoch: 0, runs: [{ standing, epoch: 0, boxes: SHARE_BOXES[name] }] }]));
};

/** Every release that has a box of the alias, each once. */
export function standingsOf(shares: Shares): readonly Standing[] {
  const all = [shares.oneBox, shares.body].flatMap((share) => share?.runs.map((run) => run.standing) ?? []);
  return all.filter((standing, i) => all.findIndex((other) => isSame(other, standing)) === i);
}

/** The boxes that a share consists of. */
export const boxesOf = ({ runs }: Share): readonly (Pick<Box, 'id' | 'epoch'> & { readonly standing: Standing })[] =>
  runs
    .flatMap(({ standing, epoch, boxes }) => Array.from({ length: boxes }, () => ({ standing, epoch })))
    .map((box, i) => ({ id: `w${i + 1}`, ...box }));

/**
 * The share with a version on some boxes, by an epoch. A box that runs it already keeps the epoch that put it there; which older epoch put the
 * others there nobody asks any more, so neighbours that differ in nothing else are told as the newer of the two.
 */
export function withBatch(share: Share, { boxes, epoch }: Pick<Batch, 'boxes' | 'epoch'>, standing: Standing): Share {
  const changed = boxesOf(share).map((box) =>
    boxes.includes(box.id) && !isSame(box.standing, standing) ? { standing, epoch } : { standing: box.standing, epoch: box.epoch },
  );
  const runs: Run[] = [];
  for (const box of changed) {
    const last = runs.at(-1);
    const isOld = last !== undefined && last.epoch < epoch && box.epoch < epoch;
    if (last !== undefined && isSame(last.standing, box.standing) && (isOld || last.epoch === box.epoch))
      runs[runs.length - 1] = { ...last, epoch: Math.max(last.epoch, box.epoch), boxes: last.boxes + 1 };
    else runs.push({ ...box, boxes: 1 });
  }
  return { epoch: Math.max(share.epoch, epoch), runs };
}

/** Which of these boxes do not run the version yet. */
export const boxesWithout = (
  share: Share,
  { boxes, version }: { readonly boxes: readonly string[]; readonly version: Version },
): readonly string[] =>
  boxesOf(share).flatMap(({ id, standing }) =>
    boxes.includes(id) && !(standing.version === version.version && standing.release === version.release) ? [id] : [],
  );
