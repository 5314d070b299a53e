import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { ServiceName } from '../../../aws/alarm-names.ts';
import { DynamoLog } from '../../../aws/dynamo-log.ts';
import type { Event, EventOf } from '../../../domain/events.ts';
import type { Commit } from '../../../domain/ports.ts';
import { checkLog, toldViolation } from '../../../scripts/check-log/check.ts';
import type { EmulatorClients } from '../emulator.ts';
import { eventually } from '../eventually.ts';
import { HOME } from './stories.ts';

/** Machines that run the suite differ, and on all of them nothing that is waited for takes longer. */
const PATIENCE_SECONDS = 240;

export interface LoggedEvent {
  readonly seq: number;
  readonly at: string;
  readonly by: string;
  readonly event: Event;
}

/** What DynamoDB has of one story. */
export class StoryLog {
  readonly #log: DynamoLog;
  readonly #of: ServiceName;

  constructor(emulator: EmulatorClients, table: string, of: ServiceName) {
    const client = new DynamoDBClient({ ...emulator.clientConfig(HOME), customUserAgent: 'onlooker' });
    this.#log = new DynamoLog(DynamoDBDocumentClient.from(client), table);
    this.#of = of;
  }

  async commits(stream = `service#${this.#of.team}/${this.#of.service}`): Promise<readonly Commit[]> {
    const commits: Commit[] = [];
    for await (const commit of this.#log.read(stream)) commits.push(commit);
    return commits;
  }

  async events(): Promise<readonly LoggedEvent[]> {
    const commits = (await this.commits()) as readonly Commit<Event>[];
    return commits.flatMap(({ seq, at, by, events }) => events.map((event) => ({ seq, at, by, event })));
  }

  async ofType<Type extends Event['type']>(type: Type): Promise<readonly (LoggedEvent & { readonly event: EventOf<Type> })[]> {
    return (await this.events()).filter((one): one is LoggedEvent & { readonly event: EventOf<Type> } => one.event.type === type);
  }

  /** The first event of a type that is as it is wanted, once it is there. */
  until<Type extends Event['type']>(
    type: Type,
    { where = () => true }: { readonly where?: (event: EventOf<Type>) => boolean } = {},
  ): Promise<LoggedEvent & { readonly event: EventOf<Type> }> {
    return eventually(
      async () => {
        const found = (await this.ofType(type)).find(({ event }) => where(event));
        if (found === undefined)
          throw new Error(`no ${type} after ${PATIENCE_SECONDS} s; ${(await this.events()).map((e) => e.event.type).join(' ')}`);
        return found;
      },
      { seconds: PATIENCE_SECONDS, everyMs: 100 },
    );
  }

  /** What the independent checker finds wrong. */
  async violations({ isComplete }: { readonly isComplete: boolean }): Promise<readonly string[]> {
    const streams = [await this.commits('everything'), await this.commits(`team#${this.#of.team}`), await this.commits()];
    const lines = streams.flat().flatMap(({ events, ...of }) => events.map((event) => JSON.stringify({ ...of, ...(event as object) })));
    const { violations } = await checkLog(lines, { isComplete });
    return violations.map((one) => toldViolation(one, true));
  }
}
