import { SFNClient } from '@aws-sdk/client-sfn';
import * as z from 'zod';
import type { Executions } from '../../domain/ports.ts';
import { named, readEnvironment } from '../environment.ts';
import { StepFunctionsExecutions } from '../step-functions.ts';
import { homeConfig } from './home.ts';

const environment = z.object({ RELEASE_MACHINE: named });

/** Executions of the home Region's `release` machine. */
export const executions = (): Executions =>
  new StepFunctionsExecutions(new SFNClient(homeConfig()), { release: readEnvironment(environment).RELEASE_MACHINE });
