import { PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { clientsOf, HOME, unique } from './clients.ts';
import { arnOf, makeFunction, marked } from './functions.ts';

export interface ReceivedEvent {
  readonly id: string;
  readonly time: string;
  readonly region: string;
  readonly account: string;
  readonly source: string;
  readonly resources: readonly string[];
  readonly detail: {
    readonly [key: string]: unknown;
    readonly state: { readonly value: string; readonly reasonData?: string };
  };
}

export interface Bus {
  readonly region?: string;
  readonly bus?: string;
}

/** A rule whose events leave their marks, under the mark that it returns. */
export async function ruleToFunction(pattern: object, { region = HOME, bus = 'default' }: Bus = {}, event: object = {}): Promise<string> {
  const mark = unique('events');
  const code = `
    const { appendFileSync } = require('node:fs');
    exports.handler = async (event) => {
      appendFileSync(process.env.MARKS + '/${mark}', JSON.stringify({ event }) + '\\n');
      const { fail } = ${JSON.stringify(event)};
      if (fail) throw new Error(fail);
    };`;
  const Arn = arnOf(await makeFunction(code, region), region);
  await ruleTo(Arn, pattern, { region, bus });
  return mark;
}

export async function ruleTo(Arn: string, pattern: object, { region = HOME, bus = 'default' }: Bus, RoleArn?: string): Promise<void> {
  const { events } = clientsOf(region);
  const Name = unique('rule');
  await events.send(new PutRuleCommand({ Name, EventBusName: bus, EventPattern: JSON.stringify(pattern) }));
  await events.send(new PutTargetsCommand({ Rule: Name, EventBusName: bus, Targets: [{ Id: '1', Arn, ...(RoleArn && { RoleArn }) }] }));
}

export const receivedBy = async (mark: string, count: number): Promise<ReceivedEvent[]> =>
  (await marked(mark, count)).map(({ event }) => event as unknown as ReceivedEvent);
