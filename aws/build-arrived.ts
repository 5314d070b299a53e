import * as z from 'zod';
import { parseInput } from '../domain/parse-input.ts';
import type { LogPorts } from '../functions/ports.ts';
import { wakeUnder } from '../functions/waking.ts';
import { buildEndedBy, buildWaiterKey } from './build-key.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html: the key is not URL-encoded, as it is in S3's own notifications. */
const input = z.object({ detail: z.object({ object: z.object({ key: z.string() }) }) });

/** Something was put into the artifact bucket: whoever waits for that build looks. */
export const buildArrived = (ports: Pick<LogPorts, 'views' | 'waker'>) => async (event: unknown) => {
  const { detail } = parseInput(input, event);
  const build = buildEndedBy(detail.object.key);
  if (build !== null) await wakeUnder(ports, buildWaiterKey(build), {});
};
