import middy from '@middy/core';
import { createRelease } from './create-release.ts';
import { deployBatch } from './deploy-batch.ts';
import { enterStep } from './enter-step.ts';
import { findCellsBack } from './find-cells-back.ts';
import { findNextStage } from './find-next-stage.ts';
import { findNextStep } from './find-next-step.ts';
import { finishRollback } from './finish-rollback.ts';
import { giveUpDeployment } from './give-up-deployment.ts';
import type { Ports } from './ports.ts';
import { recordBuild } from './record-build.ts';
import { resumeRelease } from './resume-release.ts';
import { startBake } from './start-bake.ts';
import { startBuild } from './start-build.ts';
import { startDeployment } from './start-deployment.ts';
import { takeALook } from './take-a-look.ts';
import { type OtherPort, using } from './uses.ts';
import { waitForLook } from './wait-for-look.ts';

/** The functions that state machines call, by the placeholder that names them there. */
const HANDLERS = {
  CreateRelease: using(['executions', 'source'], createRelease),
  StartBuild: using(['builder'], startBuild),
  RecordBuild: using(['builder'], recordBuild),
  FindNextStage: using([], findNextStage),
  FindNextStep: using([], findNextStep),
  EnterStep: using(['health', 'notifier'], enterStep),
  StartDeployment: using(['target'], startDeployment),
  DeployBatch: using(['target', 'health', 'notifier'], deployBatch),
  GiveUpDeployment: using(['notifier'], giveUpDeployment),
  StartBake: using([], startBake),
  TakeALook: using(['health', 'notifier'], takeALook),
  WaitForLook: using(['health'], waitForLook),
  FindCellsBack: using([], findCellsBack),
  FinishRollback: using([], finishRollback),
  ResumeRelease: using(['executions', 'source'], resumeRelease),
} as const;

export type FunctionId = keyof typeof HANDLERS;

export const FUNCTION_IDS = Object.keys(HANDLERS) as readonly FunctionId[];

export const portsOf = (id: FunctionId): readonly OtherPort[] => HANDLERS[id].uses;

/** One Lambda handler. What it throws is what Step Functions sees: no middleware turns it into an answer. */
export const handlerOf = (id: FunctionId, ports: Ports) => middy().handler(HANDLERS[id].make(ports));
