import { setTimeout } from 'node:timers/promises';
import { SFNClient } from '@aws-sdk/client-sfn';
import * as z from 'zod';
import { Line, Service, type StreamPorts } from '../../functions/decide.ts';
import type { LogPorts } from '../../functions/ports.ts';
import { cached } from '../cached.ts';
import { DynamoLog } from '../dynamo-log.ts';
import { DynamoViews } from '../dynamo-views.ts';
import { named, readEnvironment } from '../environment.ts';
import { fullJitterMs } from '../jitter.ts';
import { StepFunctionsWaker } from '../step-functions.ts';
import { homeConfig } from './home.ts';
import { tables } from './tables.ts';

const environment = z.object({
  /** Hash of the code that folds: a snapshot of other code is not read. */
  CODE_HASH: named,
});

/** What every function has: the log of the home Region, its views, and the wake-ups of what waits. */
export function logPorts(): LogPorts {
  const { client, ...names } = tables();
  const { CODE_HASH } = readEnvironment(environment);
  const views = new DynamoViews(client, names.views);
  const clock = { now: () => new Date().toISOString() };
  const streamPorts: StreamPorts = {
    log: new DynamoLog(client, names.events),
    views,
    clock,
    backOff: async (attempt) => {
      await setTimeout(fullJitterMs(attempt, Math.random()));
    },
    code: CODE_HASH,
  };
  const service = cached((stream: string) => new Service(stream, streamPorts));
  const line = cached((stream: string) => new Line(stream, streamPorts));
  return { service: ({ stream }) => service(stream), line, clock, views, waker: new StepFunctionsWaker(new SFNClient(homeConfig())) };
}
