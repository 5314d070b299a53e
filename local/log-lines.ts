import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import * as z from 'zod';
import { InvalidInput } from '../domain/errors.ts';
import { EVENT_SCHEMA_VERSION, type Event, eventSchema } from '../domain/events.ts';
import type { Commit } from '../domain/ports.ts';

const envelopeSchema = z.looseObject({
  stream: z.string(),
  seq: z.int().positive(),
  at: z.iso.datetime(),
  by: z.string(),
  commandId: z.string(),
  schemaVersion: z.literal(EVENT_SCHEMA_VERSION),
});

/**
 * The commits of one stream, from what `groundswell log --json` prints: a flat event a line, those of a commit together.
 * @param name what messages call the input
 * @throws InvalidInput with the number of the line that is none
 */
export async function commitsIn(lines: AsyncIterable<string> | Iterable<string>, stream: string, name: string): Promise<Commit<Event>[]> {
  const commits: (Omit<Commit<Event>, 'events'> & { events: Event[] })[] = [];
  let number = 0;
  for await (const text of lines) {
    number++;
    if (text.trim() === '') continue;
    const line = parse(text, stream, `${name}:${number}`);
    if (line === null) continue;
    const last = commits.at(-1);
    if (last?.seq === line.seq) last.events.push(...line.events);
    else if (line.seq !== (last?.seq ?? 0) + 1)
      throw new InvalidInput(`${name}:${number}: seq: ${line.seq}; expected ${(last?.seq ?? 0) + 1}: a log has no gaps`);
    else commits.push(line);
  }
  return commits;
}

/** Null for a line of another stream. */
function parse(text: string, wanted: string, where: string) {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new InvalidInput(`${where}: ${text.slice(0, 40)} is no JSON; expected an event of groundswell log --json`, { cause });
  }
  const envelope = envelopeSchema.safeParse(json);
  if (!envelope.success) throw new InvalidInput(`${where}: ${firstIssue(envelope.error)}`, { cause: envelope.error });
  const { stream, seq, at, by, commandId, schemaVersion, ...flat } = envelope.data;
  if (stream !== wanted) return null;
  const event = eventSchema.safeParse(flat);
  if (!event.success) throw new InvalidInput(`${where}: ${firstIssue(event.error)}`, { cause: event.error });
  return { stream, seq, at, by, commandId, schemaVersion, events: [event.data] };
}

const firstIssue = (error: z.ZodError): string => `${error.issues[0]?.path.join('.') || 'the line'}: ${error.issues[0]?.message}`;

/** The lines of a file, or with `-` of standard input. @throws InvalidInput when there is no such file */
export async function* linesOf(file: string): AsyncGenerator<string> {
  const input = file === '-' ? process.stdin : createReadStream(file);
  try {
    yield* createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  } catch (cause) {
    throw new InvalidInput(`--log: ${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
}
