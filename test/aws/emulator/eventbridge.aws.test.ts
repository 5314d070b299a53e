import { CreateEventBusCommand, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { describe, expect, it } from 'vitest';
import { ACCOUNT } from '../emulator.ts';
import { clientsOf, HOME, ROLE, unique } from './clients.ts';
import { marks } from './functions.ts';
import { receivedBy, ruleTo, ruleToFunction } from './rules.ts';

const AWAY = 'eu-south-2';
const THIRD = 'eu-west-1';
const busArn = (region: string, bus = 'default') => `arn:aws:events:${region}:${ACCOUNT}:event-bus/${bus}`;

async function send(source: string, region: string): Promise<string> {
  const { Entries = [] } = await clientsOf(region).events.send(
    new PutEventsCommand({ Entries: [{ Source: source, DetailType: 'test', Detail: '{"n":1}' }] }),
  );
  return Entries[0]!.EventId!;
}

describe('cross_region_buses', () => {
  it('a rule sends events to the bus of another Region, where they keep id, account, source and the Region that they came from', async () => {
    const source = unique('source');
    const bus = unique('bus');
    await clientsOf(HOME).events.send(new CreateEventBusCommand({ Name: bus }));
    for (const to of ['default', bus]) await ruleTo(busArn(HOME, to), { source: [source] }, { region: AWAY }, ROLE);
    const [atHome, onBus] = [await ruleToFunction({ source: [source] }), await ruleToFunction({ source: [source] }, { bus })];
    const id = await send(source, AWAY);
    for (const mark of [atHome, onBus])
      expect(await receivedBy(mark, 1)).toMatchObject([{ id, account: ACCOUNT, source, region: AWAY, detail: { n: 1 } }]);
  });

  it('an event that came from another Region is not sent on to a third', async () => {
    const source = unique('source');
    await ruleTo(busArn(HOME), { source: [source] }, { region: AWAY }, ROLE);
    await ruleTo(busArn(THIRD), { source: [source] }, { region: HOME }, ROLE);
    const [home, third] = [await ruleToFunction({ source: [source] }), await ruleToFunction({ source: [source] }, { region: THIRD })];
    await send(source, AWAY);
    await receivedBy(home, 1);
    const own = await send(source, HOME);
    expect(await receivedBy(third, 1)).toMatchObject([{ id: own, region: HOME }]);
  });
});

describe('async_targets', () => {
  it('a function that fails for an event is called twice more', async () => {
    const source = unique('source');
    const mark = await ruleToFunction({ source: [source] }, {}, { fail: 'always' });
    const id = await send(source, HOME);
    const received = await receivedBy(mark, 3);
    expect(received.map((event) => event.id)).toEqual([id, id, id]);
    const other = await ruleToFunction({ source: [source] });
    await send(source, HOME);
    await receivedBy(other, 1);
    expect(marks(mark).filter(({ event }) => event.id === id)).toHaveLength(3);
  });
});
