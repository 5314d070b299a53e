import { SNSClient } from '@aws-sdk/client-sns';
import * as z from 'zod';
import type { Notifier } from '../../domain/ports.ts';
import { named, readEnvironment } from '../environment.ts';
import { SnsNotifier } from '../notifier.ts';
import { homeConfig } from './home.ts';

const environment = z.object({ PAGES_TOPIC: named });

/** Pages by the home Region's topic. */
export const notifier = (): Notifier => new SnsNotifier(new SNSClient(homeConfig()), readEnvironment(environment).PAGES_TOPIC);
