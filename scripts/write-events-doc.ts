// Writes docs/events.md from the schemas: `node scripts/write-events-doc.ts`. A test holds that the file is what this writes.
import { readFileSync, writeFileSync } from 'node:fs';
import * as z from 'zod';
import { EVENT_SCHEMA_VERSION, eventSchema } from '../domain/events.ts';
import { lineEventSchema } from '../domain/line-events.ts';

interface Shape {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Shape[];
  readonly oneOf?: readonly Shape[];
  readonly items?: Shape;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly format?: string;
}

const SOURCES = ['../domain/events.ts', '../domain/health-events.ts', '../domain/line-events.ts'] as const;

/** The comment above each event where its schema is. */
function comments(): ReadonlyMap<string, string> {
  const source = SOURCES.map((file) => readFileSync(new URL(file, import.meta.url), 'utf8')).join('\n');
  const found = source.matchAll(/\/\*\*((?:(?!\*\/)[\s\S])*?)\*\/\s*(\w+): z\.strictObject\(\{\s*type:/g);
  return new Map([...found].map(([, text, type]) => [type ?? '', (text ?? '').replace(/\s*\n\s*\*\s*/g, ' ').trim()]));
}

function told(shape: Shape): string {
  if (shape.const !== undefined) return JSON.stringify(shape.const);
  if (shape.enum !== undefined) return shape.enum.map((v) => JSON.stringify(v)).join(' | ');
  const either = shape.anyOf ?? shape.oneOf;
  if (either !== undefined) return either.map(told).join(' | ');
  if (shape.type === 'array') return `list of ${told(shape.items ?? {})}`;
  if (shape.type === 'object')
    return shape.properties === undefined
      ? 'object'
      : `{ ${Object.entries(shape.properties)
          .map(([k, v]) => `${k}: ${told(v)}`)
          .join(', ')} }`;
  const types = [shape.type ?? 'any'].flat().map((t) => (t === 'string' && shape.format === 'date-time' ? 'time' : t));
  return types.join(' | ');
}

function chapters(all: z.ZodType): readonly string[] {
  const about = comments();
  const schema = z.toJSONSchema(all) as Shape;
  return (schema.anyOf ?? schema.oneOf ?? []).flatMap((event) => {
    const { type, ...fields } = event.properties ?? {};
    const name = String(type?.const);
    const rows = Object.entries(fields).map(
      ([field, shape]) =>
        `- \`${field}\`: ${field === 'definition' && shape.type === 'object' ? 'PipelineDefinition (domain/pipeline/definition.ts)' : told(shape).replaceAll('|', '\\|')}`,
    );
    return [`### ${name}`, '', ...(about.has(name) ? [about.get(name) ?? '', ''] : []), ...rows, ''];
  });
}

export function eventsDoc(): string {
  return [
    '# Events',
    '',
    `Schema version ${EVENT_SCHEMA_VERSION}. Written by \`node scripts/write-events-doc.ts\` from the schemas in \`domain/events.ts\` and \`domain/line-events.ts\`.`,
    '',
    'The log is a table of commits. A commit has `stream`, `seq` (1, 2, 3, … without gaps), `at`, `by` (a person’s ARN, or the execution',
    'that decided), `commandId` (the logical act: the same for every retry and attempt, never twice in a stream), `schemaVersion`, and its `events`: all that one',
    'decision made. Commits are never changed or deleted. Times are ISO 8601 in UTC. A cell is `<region>/<cell>`, the one-box of a Region `<region>/one-box`;',
    'a scope is a step (`wave-1/one-box`, `wave-1/cells-2`) or, for the whole, its stage (`wave-1`).',
    '',
    '## Of a service',
    '',
    'On the stream `service#<team>/<service>`: its pipelines change the same boxes, so all of them share it.',
    '',
    ...chapters(eventSchema),
    '## Of a team, or of everything',
    '',
    'On the streams `team#<team>` and `everything`: what holds for more than one service.',
    '',
    ...chapters(lineEventSchema),
  ].join('\n');
}

if (import.meta.main) writeFileSync(new URL('../docs/events.md', import.meta.url), eventsDoc());
