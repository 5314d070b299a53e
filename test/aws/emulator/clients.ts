import { randomUUID } from 'node:crypto';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SFNClient } from '@aws-sdk/client-sfn';
import { inject } from 'vitest';
import { ACCOUNT, emulatorAt } from '../emulator.ts';

export const HOME = 'us-east-1';
export const ROLE = `arn:aws:iam::${ACCOUNT}:role/test`;

export const emulator = emulatorAt(inject('emulator'));

/** One attempt a call: what the emulator answers first is what a test is about. */
export function clientsOf(region = HOME) {
  const config = { ...emulator.clientConfig(region), maxAttempts: 1 };
  return {
    lambda: new LambdaClient(config),
    sfn: new SFNClient(config),
    cloudwatch: new CloudWatchClient(config),
    events: new EventBridgeClient(config),
  };
}

/** A name that no other test has. */
export const unique = (name: string): string => `${name}-${randomUUID().slice(0, 8)}`;
