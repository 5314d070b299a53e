import { createHash } from 'node:crypto';
import * as z from 'zod';
import { NewerSchema } from '../../domain/errors.ts';
import { jsonOf } from '../reason-data.ts';
import { SHARE_BOXES, type Share, type ShareName, type Shares, type Standing, standingsOf } from './alias-shares.ts';

/** What the alias remembers of us beside its weights, in its own Description, so that one compare-and-set changes both. */
export interface AliasMemory {
  /** Of whose pipeline it is: see `markOf`. */
  readonly owner: string;
  /** What the one-box gets of the alias, where it shares it. */
  readonly oneBoxPercent: number;
  readonly shares: Shares;
}

/** Lambda takes a Description of so many characters (API reference: UpdateAlias). */
const MOST_CHARACTERS = 256;
const PREFIX = 'Groundswell, keep: ';
const SCHEMA_VERSION = 1;

/** Two pipelines on one alias would fence each other off by epochs that have nothing to do with each other. */
export const markOf = (pipeline: string): string => createHash('sha256').update(pipeline).digest('hex').slice(0, 8);

const shareSchema = z.tuple([z.int().nonnegative(), z.array(z.tuple([z.int().nonnegative(), z.int().nonnegative(), z.int().positive()]))]);
const memorySchema = z.tuple([
  z.literal(SCHEMA_VERSION),
  z.string(),
  z.number(),
  z.array(z.tuple([z.string().regex(/^\d+$/), z.int().nonnegative(), z.string().min(1)])),
  shareSchema.nullable(),
  shareSchema.nullable(),
]);
type Packed = z.infer<typeof memorySchema>;
type PackedShare = z.infer<typeof shareSchema>;

/** @throws Error when it does not fit, which no order of batches that a deployment makes comes near */
export function descriptionOf({ owner, oneBoxPercent, shares }: AliasMemory): string {
  const standings = standingsOf(shares);
  const indexOf = (standing: Standing) => standings.findIndex((s) => s.version === standing.version && s.published === standing.published);
  const packed = (share: Share | undefined): PackedShare | null =>
    share === undefined ? null : [share.epoch, share.runs.map((run) => [indexOf(run.standing), run.epoch, run.boxes])];
  const told: Packed = [
    SCHEMA_VERSION,
    owner,
    oneBoxPercent,
    standings.map((s) => [s.published, s.release, s.version]),
    packed(shares.oneBox),
    packed(shares.body),
  ];
  const description = PREFIX + JSON.stringify(told);
  if (description.length > MOST_CHARACTERS)
    throw new Error(`an alias's Description of ${description.length} characters; expected at most ${MOST_CHARACTERS}: ${description}`);
  return description;
}

/**
 * What a Description says: null when it is none of ours, as before the first time; `broken` when it was, and says nothing that makes sense.
 * @throws NewerSchema
 */
export function recall(description: string | undefined): AliasMemory | 'broken' | null {
  if (description?.startsWith(PREFIX) !== true) return null;
  const json = jsonOf(description.slice(PREFIX.length));
  const version = Array.isArray(json) ? Number(json[0]) : 0;
  if (version > SCHEMA_VERSION) throw new NewerSchema("an alias's Description", version, SCHEMA_VERSION);
  const parsed = memorySchema.safeParse(json);
  if (!parsed.success) return 'broken';
  const [, owner, oneBoxPercent, standings, oneBox, body] = parsed.data;
  const all = standings.map(([published, release, version]): Standing => ({ published, release, version }));
  const [box, rest] = [unpack('oneBox', oneBox, all), unpack('body', body, all)];
  if (box === 'broken' || rest === 'broken' || (box === null && rest === null)) return 'broken';
  return { owner, oneBoxPercent, shares: { ...(box && { oneBox: box }), ...(rest && { body: rest }) } };
}

function unpack(name: ShareName, packed: PackedShare | null, standings: readonly Standing[]): Share | 'broken' | null {
  if (packed === null) return null;
  const [epoch, packedRuns] = packed;
  const runs = packedRuns.flatMap(([index, runEpoch, boxes]) => {
    const standing = standings[index];
    return standing === undefined ? [] : [{ standing, epoch: runEpoch, boxes }];
  });
  const boxes = runs.reduce((sum, run) => sum + run.boxes, 0);
  return runs.length < packedRuns.length || boxes !== SHARE_BOXES[name] ? 'broken' : { epoch, runs };
}
