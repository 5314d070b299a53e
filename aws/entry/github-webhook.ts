import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { named, readEnvironment } from '../environment.ts';
import { Deliveries } from '../github/deliveries.ts';
import { ReferenceBus } from '../github/reference-bus.ts';
import { WebhookSecret } from '../github/webhook-secret.ts';
import { gitHubWebhook } from '../github-webhook.ts';
import { homeConfig } from './home.ts';

const environment = z.object({
  ORCHESTRATOR: named,
  /** ARN: its value is read when it is needed. */
  WEBHOOK_SECRET: named,
  DELIVERIES_TABLE: named,
  /** A list, as JSON. */
  BRANCHES: named.transform((text, context) => {
    try {
      return z.array(z.string().min(1)).min(1).parse(JSON.parse(text));
    } catch {
      context.addIssue(`'${text}'; expected ["<branch>", …]`);
      return z.NEVER;
    }
  }),
});

const { ORCHESTRATOR, WEBHOOK_SECRET, DELIVERIES_TABLE, BRANCHES } = readEnvironment(environment);
const nowMs = () => Date.now();

/** The function of the webhook. It has neither the log nor its permissions: anybody may call it. */
export const handler = gitHubWebhook({
  orchestrator: ORCHESTRATOR,
  branches: BRANCHES,
  secret: new WebhookSecret({ client: new SecretsManagerClient(homeConfig()), arn: WEBHOOK_SECRET, nowMs }),
  deliveries: new Deliveries({ client: DynamoDBDocumentClient.from(new DynamoDBClient(homeConfig())), table: DELIVERIES_TABLE, nowMs }),
  bus: new ReferenceBus(new EventBridgeClient(homeConfig())),
  nowMs,
  // Not by the console, which Lambda writes a time and an id before: CloudWatch counts only what is JSON from its first character.
  tell: (line) => void process.stdout.write(`${JSON.stringify(line)}\n`),
});
