import * as z from 'zod';
import { InvalidInput } from '../domain/errors.ts';
import type { Incident, Rehearsal } from '../domain/pipeline/rehearsal.ts';

type Fn = (...given: never[]) => unknown;
const fn = z.custom<Fn>((value) => typeof value === 'function', 'expected a function');

const rehearsalSchema = z.strictObject({
  requestsPerHour: fn.optional(),
  requests: z
    .array(
      z.strictObject({
        name: z.string().regex(/^[A-Za-z][A-Za-z0-9]*$/, 'expected letters and digits, as in CreateOrder'),
        weight: z.number().positive(),
        event: z.unknown(),
      }),
    )
    .min(1),
  canary: fn.optional(),
  dependencies: z.record(z.string(), z.strictObject({ latencyMs: z.number().nonnegative(), respond: fn })).optional(),
});

const EXAMPLE = "export const rehearsal: Rehearsal = { requests: [{ name: 'Read', weight: 1, event: { path: '/' } }] }";

/** What a pipeline file exports as `rehearsal`. @throws InvalidInput that names the field */
export function checkRehearsal(exported: unknown, file: string): Rehearsal {
  if (exported === undefined)
    throw new InvalidInput(`pipeline file ${file}: it exports no rehearsal; expected the requests to send, as in: ${EXAMPLE}`);
  const parsed = rehearsalSchema.safeParse(exported);
  if (parsed.success) return exported as Rehearsal;
  const [issue] = parsed.error.issues;
  throw new InvalidInput(`pipeline file ${file}: ${['rehearsal', ...(issue?.path ?? [])].join('.')}: ${issue?.message}`, {
    cause: parsed.error,
  });
}

const when = { from: z.iso.datetime({ offset: true }), minutes: z.number().positive() };
const of = { region: z.string(), ...when };
const dependency = z.string().min(1);

const incidentsSchema = z.array(
  z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('dependencyDown'), dependency, ...of }),
    z.strictObject({ kind: z.literal('dependencySlow'), dependency, latencyMs: z.number().positive(), ...of }),
    z.strictObject({ kind: z.literal('trafficGone'), ...of }),
    z.strictObject({ kind: z.literal('organisationAlarm'), alarm: z.string(), ...when }),
  ]),
);

/** What incidents may name. */
export interface IncidentPlaces {
  readonly regions: readonly string[];
  readonly dependencies: readonly string[];
  readonly organisationAlarms: readonly string[];
}

/**
 * The incidents of a file: a JSON list of `{ kind, region, from, minutes }`, with `dependency` for the kinds dependencyDown and dependencySlow,
 * and `latencyMs` for the latter; an organisationAlarm has no Region, and `alarm`, one that the pipeline names.
 * @throws InvalidInput that names the field and what was expected
 */
export function parseIncidents(text: string, file: string, among: IncidentPlaces): Incident[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new InvalidInput(`--incidents: ${file} is no JSON: ${(cause as Error).message}`, { cause });
  }
  const parsed = incidentsSchema.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new InvalidInput(`--incidents: ${file}: ${issue?.path.join('.') || 'the file'}: ${issue?.message}`, { cause: parsed.error });
  }
  for (const [index, incident] of parsed.data.entries()) {
    const known = (field: string, value: string, names: readonly string[]) => {
      if (!names.includes(value))
        throw new InvalidInput(`--incidents: ${file}: ${index}.${field}: '${value}'; expected one of ${names.join(', ') || 'none'}`);
    };
    if (incident.kind === 'organisationAlarm') known('alarm', incident.alarm, among.organisationAlarms);
    else known('region', incident.region, among.regions);
    if ('dependency' in incident) known('dependency', incident.dependency, among.dependencies);
  }
  return parsed.data.map((incident) => ({ ...incident, from: new Date(incident.from).toISOString() }));
}
