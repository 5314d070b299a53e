// One of the threads of `scripts/chaos.ts`.
import { parentPort, workerData } from 'node:worker_threads';
import { type CampaignOptions, campaign } from './campaign.ts';

parentPort?.postMessage(await campaign(workerData as CampaignOptions));
