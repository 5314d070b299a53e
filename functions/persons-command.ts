import * as z from 'zod';
import type { Command } from '../domain/commands.ts';
import { hasEnded } from '../domain/entry/slots.ts';
import { InvalidInput } from '../domain/errors.ts';
import type { PipelineState } from '../domain/state.ts';
import type { Decision } from './decide.ts';
import { decideAndWake } from './decide-and-wake.ts';
import { executionName, type PipelineId, parsePipelineId } from './pipeline-id.ts';
import type { LogPorts, Ports } from './ports.ts';

import { startNextAttempt } from './resume-release.ts';

/** What a person's command needs of the world. */
export interface PersonsPorts extends LogPorts {
  /** Null where nothing runs: what is to be started is found by the reconciler. */
  readonly executions: Ports['executions'] | null;
  /** Null where cells cannot be read: they are then taken back again, which reads them. */
  readonly target: Ports['target'] | null;
  /** Null where no alarm can be read. */
  readonly health: Ports['health'] | null;
}

/** What every command of a person says. The id is made by the client: a command that is given again decides nothing again, and gets the same answer. */
export const ofPerson = {
  pipeline: z.string(),
  by: z.string().min(1, 'expected who does it'),
  reason: z.string().trim().min(1, 'expected why, in words'),
  commandId: z.string().min(1),
};

export const releaseNumber = z.coerce.number('expected the number of a release').int().positive('expected the number of a release');

/** An instant, from how people write it: with `Z` or an offset. */
export const instant = z.iso
  .datetime({ offset: true, error: 'expected an instant like 2026-11-02T09:00:00Z' })
  .transform((i) => new Date(i).toISOString());

/** Who is held, or goes on: one pipeline, all of its team, or everything. */
export const heldScope = z.enum(['pipeline', 'team', 'everything'], 'expected pipeline, team or everything').default('pipeline');

/** What was decided, in words: the same for the same events. */
export type Answer = readonly string[];

/** One command, as the command line, a file of acts and an API call give it. */
export interface PersonsCommand {
  readonly name: string;
  readonly about: string;
  /** What it is about, as its first argument. */
  readonly argument?: { readonly name: string; readonly about: string };
  /** False where somebody else has said why. */
  readonly hasReason?: boolean;
  /** As commander takes them; the name of a field of the input. */
  readonly options: readonly { readonly flags: string; readonly about: string }[];
  readonly input: z.ZodType;
  /** @throws InvalidInput, Refused */
  run(ports: PersonsPorts, payload: unknown): Promise<Answer>;
}

/** @throws InvalidInput that names the field and what was expected */
export function parsePersons<T>(input: z.ZodType<T>, payload: unknown, prefix = ''): T {
  const parsed = input.safeParse(payload);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const path = issue?.path.join('.') ?? '';
  const value = issue?.path.reduce<unknown>((of, key) => (of as Record<PropertyKey, unknown> | undefined)?.[key], payload);
  const told = value === undefined ? '' : `${JSON.stringify(value)}; `;
  throw new InvalidInput(`${prefix}${path === '' ? '' : `${path}: `}${told}${issue?.message}`, { cause: parsed.error });
}

export interface Scope {
  readonly id: PipelineId;
  /** As the log had it before. */
  readonly before: PipelineState;
  decide(command: Command): Promise<Decision>;
}

/** @throws InvalidInput for a pipeline that the log does not have */
export async function openPipeline(
  ports: PersonsPorts,
  { pipeline, by, commandId }: { pipeline: string; by: string; commandId: string },
): Promise<Scope> {
  const id = parsePipelineId(pipeline);
  const before = (await ports.service(id).state()).pipelines[id.pipeline];
  if (before === undefined) throw new InvalidInput(`pipeline: '${pipeline}'; expected one that is defined`);
  const decide = (command: Command) => decideAndWake(ports, id, command, { by, commandId: `person/${commandId}` });
  return { id, before, decide };
}

/**
 * Starts the next attempt of releases that a decision has given something to do and that had ended. If this dies before it, the reconciler finds
 * them, since they have not ended any more.
 */
export async function startAgain(
  { executions, ...ports }: PersonsPorts,
  { id, before }: Scope,
  decision: Decision,
  releases: readonly number[],
  reason: string,
): Promise<void> {
  if (executions === null) return;
  const running = await executions.running();
  for (const number of new Set(releases)) {
    const release = decision.state.pipelines[id.pipeline]?.releases[number];
    if (release === undefined || hasEnded(release)) continue;
    const was = before.releases[number];
    const hadEnded = !decision.repeated && was !== undefined && hasEnded(was);
    if (hadEnded || !running.has(executionName(id, number, release.attempt)))
      await startNextAttempt({ ...ports, executions }, id.id, number, reason);
  }
}
