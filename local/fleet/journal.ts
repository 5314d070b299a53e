import { appendFileSync, existsSync, readFileSync, truncateSync } from 'node:fs';
import * as z from 'zod';
import { InvalidInput } from '../../domain/errors.ts';
import { versionSchema } from '../../domain/events.ts';

const atMs = z.int().nonnegative();

const entrySchema = z.discriminatedUnion('kind', [
  /** SHA-256 of the pipeline file's bundle: another one would be another fleet. */
  z.strictObject({ kind: z.literal('began'), bundle: z.string() }),
  z.strictObject({
    kind: z.literal('write'),
    atMs,
    pipeline: z.string(),
    cell: z.string(),
    boxes: z.array(z.string()),
    version: versionSchema,
    addBox: z.boolean(),
    removeAdded: z.boolean(),
    epoch: z.int().nonnegative(),
  }),
  z.strictObject({ kind: z.literal('watch'), atMs, region: z.string(), isWatched: z.boolean() }),
  z.strictObject({ kind: z.literal('crash'), region: z.int(), operation: z.int(), reason: z.string() }),
]);

/** What was done to the fleet from outside, and which calls took it down: with the seed and the time, all that its state depends on. */
export type JournalEntry = z.infer<typeof entrySchema>;

/** A file that only grows, one JSON line an entry. */
export class Journal {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  /** Written before it is done: a fleet that is made again is never behind what was done to it. */
  append(entry: JournalEntry): void {
    appendFileSync(this.#file, `${JSON.stringify(entry)}\n`);
  }

  /** @throws InvalidInput that names the line which cannot be read. A last line without an end was cut off by a kill and never done. */
  read(): readonly JournalEntry[] {
    if (!existsSync(this.#file)) return [];
    const text = readFileSync(this.#file, 'utf8');
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    if (whole.length < text.length) truncateSync(this.#file, Buffer.byteLength(whole));
    return whole
      .split('\n')
      .slice(0, -1)
      .map((line, index) => this.#parse(line, index + 1));
  }

  #parse(line: string, number: number): JournalEntry {
    try {
      return entrySchema.parse(JSON.parse(line));
    } catch (cause) {
      throw new InvalidInput(`${this.#file}:${number}: not an entry of the fleet's journal; use another data folder`, { cause });
    }
  }
}
