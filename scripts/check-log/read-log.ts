// Lines of `groundswell log --json`: one event a line, flat, the lines of one commit one after the other.
import * as z from 'zod';
import type { Commit } from './book.ts';
import { eventSchema, type LogEvent } from './events.ts';

/** The input is no log: nothing can be said about it. */
export class NotALog extends Error {
  override readonly name = 'NotALog';
  readonly line: number;

  constructor(line: number, what: string) {
    super(`line ${line}: ${what}`);
    this.line = line;
  }
}

const envelopeSchema = z.looseObject({
  stream: z
    .string()
    .regex(/^(service#[^/]+\/[^/]+|team#[^/]+|everything)$/, 'expected service#<team>/<service>, team#<team> or everything'),
  seq: z.int().positive(),
  at: z.iso.datetime(),
  by: z.string(),
  commandId: z.string(),
  schemaVersion: z.int(),
  type: z.string(),
});
type Line = z.infer<typeof envelopeSchema>;

export interface Read {
  readonly commit: Commit;
  /** What of its events is not as documented. Such events are left out, or cut to what is documented. */
  readonly strange: readonly string[];
}

/** The commits of each stream, in the order of the lines. */
export async function readLog(lines: Iterable<string> | AsyncIterable<string>): Promise<Map<string, Read[]>> {
  const streams = new Map<string, Line[][]>();
  let number = 0;
  for await (const text of lines) {
    number++;
    if (text.trim() === '') continue;
    const line = parse(text, number);
    const commits = streams.get(line.stream) ?? [];
    streams.set(line.stream, commits);
    const open = commits.at(-1);
    if (open?.[0]?.seq === line.seq && open[0].commandId === line.commandId) open.push(line);
    else commits.push([line]);
  }
  if (streams.size === 0) throw new NotALog(number, 'the input has no event, expected one a line');
  return new Map([...streams].map(([stream, commits]) => [stream, commits.map(commitOf)]));
}

function parse(text: string, number: number): Line {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new NotALog(number, `${text.slice(0, 60)} is no JSON, expected an event of groundswell log --json`);
  }
  const result = envelopeSchema.safeParse(json);
  if (!result.success) throw new NotALog(number, firstIssue(result.error));
  return result.data;
}

function firstIssue(error: z.ZodError): string {
  const [issue] = error.issues;
  return `${issue?.path.join('.') || 'the line'}: ${issue?.message}`;
}

function commitOf(lines: readonly Line[]): Read {
  const [first] = lines as [Line];
  const { stream, seq, at, by, commandId } = first;
  const events: LogEvent[] = [];
  const strange: string[] = [];
  for (const line of lines) {
    const { stream: _, seq: __, at: theirAt, by: theirBy, commandId: ___, schemaVersion, ...event } = line;
    if (theirAt !== at || theirBy !== by)
      strange.push(`${event.type} of the same commit at ${theirAt} by ${theirBy}, expected ${at} by ${by}`);
    if (schemaVersion !== 1) strange.push(`${event.type} of schema version ${schemaVersion}, expected 1`);
    const result = eventSchema.safeParse(event);
    if (result.success) events.push(result.data);
    else strange.push(`${event.type}: ${firstIssue(result.error)}`);
  }
  return { commit: { stream, seq, at, by, commandId, events }, strange };
}
