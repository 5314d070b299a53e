import * as z from 'zod';
import { measurementSchema } from '../domain/events.ts';
import { parsePipelineId } from './pipeline-id.ts';
import type { Ports } from './ports.ts';
import { decideAndWake } from './release-scope.ts';
import { wake } from './waking.ts';

const input = z.object({
  pipeline: z.string(),
  region: z.string(),
  arn: z.string(),
  scope: z.enum(['aggregate', 'oneBox']),
  state: z.enum(['OK', 'ALARM', 'INSUFFICIENT_DATA']),
  changedAt: z.iso.datetime(),
  measured: measurementSchema.nullable(),
});

/**
 * A composite's change of state. An aggregate that goes off is appended to the service, which rolls back what it counts for. Any other change
 * is only told to the waits that may go on or fail by it: a one-box alarm is judged by the bake of that one-box.
 */
export const onAlarm = (ports: Ports) => async (payload: unknown) => {
  const { pipeline, scope, state, ...alarm } = input.parse(payload);
  const id = parsePipelineId(pipeline);
  if (scope !== 'aggregate' || state !== 'ALARM') return wake(ports, id.stream, ['enter', 'bake']);
  await decideAndWake(ports, id, ports.service(id), { type: 'RaiseAlarm', ...alarm }, alarmAct(alarm), 'on-alarm');
};

/** The logical act of noticing an alarm, whoever notices it. */
export const alarmAct = ({ arn, changedAt }: { arn: string; changedAt: string }): string => `alarm/${arn}/${changedAt}`;
