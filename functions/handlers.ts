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
import { waitForLook } from './wait-for-look.ts';

/** The functions that state machines call, by the placeholder that names them there. */
const FACTORIES = {
  CreateRelease: createRelease,
  StartBuild: startBuild,
  RecordBuild: recordBuild,
  FindNextStage: findNextStage,
  FindNextStep: findNextStep,
  EnterStep: enterStep,
  StartDeployment: startDeployment,
  DeployBatch: deployBatch,
  GiveUpDeployment: giveUpDeployment,
  StartBake: startBake,
  TakeALook: takeALook,
  WaitForLook: waitForLook,
  FindCellsBack: findCellsBack,
  FinishRollback: finishRollback,
  ResumeRelease: resumeRelease,
} as const;

export type FunctionId = keyof typeof FACTORIES;

export const FUNCTION_IDS = Object.keys(FACTORIES) as readonly FunctionId[];

/** One Lambda handler. What it throws is what Step Functions sees: no middleware turns it into an answer. */
export const handlerOf = (id: FunctionId, ports: Ports) => middy().handler(FACTORIES[id](ports) as (payload: unknown) => Promise<unknown>);
