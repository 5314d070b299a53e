import * as z from 'zod';
import { measurementSchema } from '../domain/events.ts';
import { parsePipelineId } from './pipeline-id.ts';
import type { Ports } from './ports.ts';
import { decideAndWake } from './release-scope.ts';

const input = z.object({
  pipeline: z.string(),
  region: z.string(),
  arn: z.string(),
  changedAt: z.iso.datetime(),
  measured: measurementSchema.nullable(),
});

/** An aggregate's change into ALARM: appended to the service, which rolls back what it counts for, and wakes what waits. */
export const onAlarm = (ports: Ports) => async (payload: unknown) => {
  const { pipeline, ...alarm } = input.parse(payload);
  const id = parsePipelineId(pipeline);
  const act = `alarm/${alarm.arn}/${alarm.changedAt}`;
  await decideAndWake(ports, id, ports.service(id), { type: 'RaiseAlarm', ...alarm }, act, 'on-alarm');
};
