import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { InvalidInput, NewerSchema } from '../domain/errors.ts';
import type { Incident } from '../domain/pipeline/rehearsal.ts';
import { actsSchema } from './acts.ts';
import { replaceFile } from './replace-file.ts';

/** The file by which a data folder is known. */
export const RECORD = 'groundswell.json';
const RECORD_SCHEMA_VERSION = 1;

const incidentSchema = z.strictObject({
  region: z.string().exactOptional(),
  kind: z.enum(['dependencyDown', 'dependencySlow', 'trafficGone', 'organisationAlarm']),
  alarm: z.string().exactOptional(),
  dependency: z.string().exactOptional(),
  latencyMs: z.number().exactOptional(),
  from: z.string(),
  minutes: z.number(),
}) satisfies z.ZodType<Incident>;

const recordSchema = z.strictObject({
  schemaVersion: z.literal(RECORD_SCHEMA_VERSION),
  /** `<team>/<service>/<pipeline>`, all of one service. */
  pipelines: z.array(z.string()).min(1),
  repository: z.string(),
  pipelineFile: z.string(),
  start: z.iso.datetime(),
  seed: z.int(),
  incidents: z.array(incidentSchema),
  acts: actsSchema,
});

/** What a data folder rehearses. Paths are absolute. */
export type RehearsalRecord = z.infer<typeof recordSchema>;

/** The record of a data folder; null where there is none. @throws InvalidInput, NewerSchema */
export async function readRecord(folder: string): Promise<RehearsalRecord | null> {
  const file = join(folder, RECORD);
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
    throw new InvalidInput(`--data: ${file} cannot be read: ${error.message}`, { cause: error });
  });
  return text === null ? null : parseRecord(file, text);
}

function parseRecord(file: string, text: string): RehearsalRecord {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new InvalidInput(`--data: ${file} is no JSON: ${(cause as Error).message}; expected the record of a rehearsal`, { cause });
  }
  const version = z.looseObject({ schemaVersion: z.int() }).safeParse(json).data?.schemaVersion;
  if (version !== undefined && version > RECORD_SCHEMA_VERSION) throw new NewerSchema(file, version, RECORD_SCHEMA_VERSION);
  const parsed = recordSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new InvalidInput(`--data: ${file}: ${issue?.path.join('.') || 'the record'}: ${issue?.message}`, { cause: parsed.error });
}

export const writeRecord = (folder: string, record: Omit<RehearsalRecord, 'schemaVersion'>): Promise<void> =>
  replaceFile(
    join(folder, RECORD),
    `${JSON.stringify(recordSchema.parse({ schemaVersion: RECORD_SCHEMA_VERSION, ...record }), null, 2)}\n`,
  );
