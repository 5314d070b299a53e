import * as z from 'zod';
import { InvalidInput } from '../domain/errors.ts';
import type { Instant } from '../domain/ports.ts';
import { parsePersons } from '../functions/persons-command.ts';
import { PERSONS_COMMANDS } from '../functions/persons-commands.ts';
import { type Given, withPipeline } from './which-pipeline.ts';

const actSchema = z.looseObject({
  at: z.iso.datetime({ offset: true }),
  command: z.string(),
  by: z.string().min(1, 'expected who does it'),
});

export const actsSchema = z.array(z.looseObject({ at: z.iso.datetime(), command: z.string(), by: z.string() }));

/** What a person does in a rehearsal, and when: the fields of the command as the command line has them. */
export type Act = z.infer<typeof actsSchema>[number];

/** What the command gets: the same id whenever the rehearsal goes on, so that it is decided once. @throws InvalidInput */
export const inputOf = ({ at: _, command: __, ...given }: Act, index: number, pipelines: readonly string[], prefix = ''): Given =>
  withPipeline(pipelines, { ...given, commandId: `act/${index}` }, prefix);

/**
 * The acts of a file: a JSON list of `{ at, command, by, reason, … }`, with `pipeline` where the service has several.
 * @throws InvalidInput that names the field and what was expected
 */
export function parseActs(text: string, file: string, pipelines: readonly string[]): Act[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new InvalidInput(`--acts: ${file} is no JSON: ${(cause as Error).message}`, { cause });
  }
  const parsed = z.array(actSchema).safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new InvalidInput(`--acts: ${file}: ${issue?.path.join('.') || 'the file'}: ${issue?.message}`, { cause: parsed.error });
  }
  const acts = parsed.data.map((act): Act => ({ ...act, at: instantOf(act.at) }));
  for (const [index, act] of acts.entries()) {
    const command = PERSONS_COMMANDS.get(act.command);
    if (command === undefined)
      throw new InvalidInput(
        `--acts: ${file}: ${index}.command: '${act.command}'; expected one of ${[...PERSONS_COMMANDS.keys()].join(', ')}`,
      );
    const prefix = `--acts: ${file}: ${index}.`;
    parsePersons(command.input, inputOf(act, index, pipelines, prefix), prefix);
  }
  return acts;
}

const instantOf = (at: string): Instant => new Date(at).toISOString();
