import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { plusSeconds } from '../domain/dated.ts';
import type { AlarmReading, Clock, Instant } from '../domain/ports.ts';

/** A sign comes by each path every minute: one that has had none for so long is silent. */
const SILENT_SECONDS = 5 * 60;
/** A Region that nothing is deployed to any more is forgotten. */
const KEPT_SECONDS = 24 * 3600;

/** The sign of a Region: the rule that forwards its alarms, on its own schedule. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-rule-schedule.html */
const signSchema = z.object({
  source: z.literal('aws.events'),
  'detail-type': z.literal('Scheduled Event'),
  time: z.iso.datetime({ offset: true }),
  resources: z.tuple([z.string().regex(/^arn:[^:]+:events:[^:]+:\d{12}:rule\/.+$/)]).rest(z.string()),
});

export interface Sign {
  /** ARN of the rule. */
  readonly rule: string;
  /** When it was sent. */
  readonly at: Instant;
}

/** Null: the event is another one. */
export function signOf(event: unknown): Sign | null {
  const { success, data } = signSchema.safeParse(event);
  return success ? { rule: data.resources[0], at: new Date(data.time).toISOString() } : null;
}

export interface AlarmPathsOptions {
  readonly client: DynamoDBDocumentClient;
  /** The table of what can be made again. */
  readonly table: string;
  readonly clock: Clock;
  /** ARN of the rule that forwards a Region's alarms; null where there is none. */
  readonly ruleOf: (region: string) => string | null;
  /** Told why something could not be read. */
  readonly tell: (what: string, error: unknown) => void;
}

/** The ways by which alarms come home from the target Regions, and when each was heard last. */
export class AlarmPaths {
  readonly #options: AlarmPathsOptions;

  constructor(options: AlarmPathsOptions) {
    this.#options = options;
  }

  /** Signs may come twice, or late: the newest counts. */
  async hear({ rule, at }: Sign): Promise<void> {
    const { client, table } = this.#options;
    const Item = { ...keyOf(rule), at, ttl: Math.ceil(Date.parse(at) / 1000) + KEPT_SECONDS };
    const newer = {
      ConditionExpression: 'attribute_not_exists(#at) OR #at < :at',
      ExpressionAttributeNames: { '#at': 'at' },
      ExpressionAttributeValues: { ':at': at },
    };
    try {
      await client.send(new PutCommand({ TableName: table, Item, ...newer }));
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  }

  /** One a Region that has such a rule. Never throws. */
  async read(regions: readonly string[]): Promise<readonly AlarmReading[]> {
    const rules = regions.flatMap((region) => {
      const arn = this.#options.ruleOf(region);
      return arn === null ? [] : [{ region, arn }];
    });
    return Promise.all(
      rules.map(async (of): Promise<AlarmReading> => ({ ...of, scope: 'path', ...(await this.#heard(of.arn)), leaves: [], wentOff: [] })),
    );
  }

  async #heard(rule: string): Promise<Pick<AlarmReading, 'state' | 'changedAt'>> {
    const { client, table, clock, tell } = this.#options;
    try {
      const { Item } = await client.send(new GetCommand({ TableName: table, Key: keyOf(rule), ConsistentRead: true }));
      const at: unknown = Item?.at;
      if (typeof at !== 'string') return { state: 'MISSING', changedAt: null };
      return { state: clock.now() < plusSeconds(at, SILENT_SECONDS) ? 'OK' : 'MISSING', changedAt: at };
    } catch (error) {
      tell(`when ${rule} was heard`, error);
      return { state: 'UNREADABLE', changedAt: null };
    }
  }
}

const keyOf = (rule: string) => ({ key: `path#${rule}`, sort: 'heard' });
