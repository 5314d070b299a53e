import middy from '@middy/core';
import { onPush } from '../functions/on-push.ts';
import type { LogPorts, Ports } from '../functions/ports.ts';
import { using } from '../functions/uses.ts';
import type { AlarmPaths } from './alarm-paths.ts';
import { buildArrived } from './build-arrived.ts';
import { definePipelineResource } from './define-pipeline-resource.ts';
import { type AlarmPlaces, onAlarmEvent } from './on-alarm-event.ts';
import { personsRequest } from './persons-request.ts';
import { reconcileEvent } from './reconcile-event.ts';

/** What functions on AWS have beside the ports. */
export interface AwsPorts extends Ports {
  readonly alarms: AlarmPlaces;
  readonly paths: AlarmPaths;
}

/** What an entry has a module for. */
export type EntryPort = Exclude<keyof AwsPorts, keyof LogPorts>;

/** The functions that events, a stack and people call; those of the state machines are in functions/handlers.ts. */
const TRIGGERS = {
  OnPush: using(['source', 'executions'], onPush),
  OnAlarm: { uses: ['alarms', 'paths'], make: onAlarmEvent },
  OnBuild: using([], buildArrived),
  Reconcile: using(['source', 'executions'], reconcileEvent),
  DefinePipeline: using([], definePipelineResource),
  GiveCommand: using(['executions', 'target', 'health'], personsRequest),
} as const;

export type TriggerId = keyof typeof TRIGGERS;

export const TRIGGER_IDS = Object.keys(TRIGGERS) as readonly TriggerId[];

export const portsOfTrigger = (id: TriggerId): readonly EntryPort[] => TRIGGERS[id].uses;

/** One Lambda handler; what it throws is what Lambda sees, and tries again. */
export const triggerOf = (id: TriggerId, ports: AwsPorts) => middy().handler(TRIGGERS[id].make(ports));
