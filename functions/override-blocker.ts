import * as z from 'zod';
import { InvalidInput } from '../domain/errors.ts';
import { blockerSchema, type Event } from '../domain/events.ts';
import { decideAndWake } from './decide-and-wake.ts';
import { readBeforeStep } from './looking.ts';
import { parsePipelineId } from './pipeline-id.ts';
import type { With } from './ports.ts';

export const blockerKinds = blockerSchema.options.map((o) => o.shape.kind.value);

const input = z.object({
  pipeline: z.string(),
  release: z.int().positive(),
  blocker: z.enum(blockerKinds),
  /** Only there, of blockers that have a Region. */
  region: z.string().nullable().default(null),
  /** The person's ARN. */
  person: z.string(),
  reason: z.string(),
  until: z.iso.datetime({ offset: true }).transform((until) => new Date(until).toISOString()),
  /** Made by the client: the same for every retry. */
  commandId: z.string().min(1),
});

/**
 * A person lets one release pass what stands before its step. What the alarms are is read now: an override is of the leaves that are in ALARM.
 * @throws InvalidInput when there is no such release or blocker, or the person may not
 */
export const overrideBlocker =
  (ports: With<'health'>) =>
  async (payload: unknown): Promise<readonly Event[]> => {
    const { pipeline, commandId, blocker: kind, release: number, ...given } = input.parse(payload);
    const id = parsePipelineId(pipeline);
    const state = (await ports.service(id).state()).pipelines[id.pipeline];
    const release = state?.releases[number];
    if (state === undefined || release === undefined) throw new InvalidInput(`release: ${number}; expected one of ${pipeline}`);
    const look = await readBeforeStep(ports, { id, pipeline: state, release });
    const command = { type: 'OverrideBlocker', pipeline: id.pipeline, release: number, kind, look, ...given } as const;
    return (await decideAndWake(ports, id, command, { by: given.person, commandId })).events;
  };
