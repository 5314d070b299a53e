import { describe, expect, it } from 'vitest';
import type { Event } from '../../domain/events.ts';
import { wavesOf } from '../../domain/pipeline/waves.ts';
import type { Answer, PersonsPorts } from '../../functions/persons-command.ts';
import { PERSONS_COMMANDS } from '../../functions/persons-commands.ts';
import { ArticlePipeline } from '../domain/article-pipeline.ts';
import { World } from './world.ts';

class OneWave extends ArticlePipeline {
  override waves = wavesOf(['eu-south-2']);
  override windows = null;
  override expediting = { principals: ['ada', 'grace'], approvals: 2 };
}

const UNTIL = '2026-11-03T09:00:00+01:00';
const at = (time: string) => `2026-11-02T${time}:00.000Z`;

const asks = async (world: World, command: string, over: Record<string, unknown>, ports: Partial<PersonsPorts> = {}): Promise<Answer> => {
  const found = PERSONS_COMMANDS.get(command);
  if (found === undefined) throw new Error(`no command ${command}`);
  const given = {
    pipeline: world.pipeline,
    by: 'dev',
    ...(command !== 'approve' && { reason: 'an outage' }),
    commandId: `${command}/${world.clock.now()}`,
    ...over,
  };
  return found.run({ ...world.runtime.ports, ...ports }, given);
};

async function told(prepare: (world: World, say: (answer: Promise<Answer>) => Promise<void>) => void) {
  const world = new World(OneWave);
  await world.define();
  world.pushAt(at('09:00'), 'mend');
  const said: string[] = [];
  prepare(world, async (answer) => void said.push(...(await answer.catch((error: Error) => [error.message]))));
  await world.clock.run(() => world.clock.now() > at('11:30'));
  const events: Event[] = (await world.commits()).flatMap((c) => c.events);
  return { said, events, commits: await world.commits() };
}

describe('override', () => {
  it('lets one release pass a hold, by who says so and until then', async () => {
    const { said, events, commits } = await told((world, say) => {
      world.at(at('09:01'), () => say(asks(world, 'hold', {})));
      world.at(at('09:30'), () => say(asks(world, 'override', { release: '1', blocker: 'hold', until: UNTIL })));
    });
    expect(said[1]).toBe('Release 1 may enter wave-1/one-box against the hold that stands before it, until 2026-11-03T08:00:00.000Z.');
    expect(events.find((e) => e.type === 'BlockerOverridden')).toMatchObject({ release: 1, overriddenBy: 'dev', reason: 'an outage' });
    expect(commits.find((c) => c.events.some((e) => e.type === 'StepEntered'))?.at).toBe(at('09:30'));
  });

  it.each<[string, Record<string, unknown>, Partial<PersonsPorts>, string]>([
    ['what nobody may pass', { blocker: 'quarantine', until: UNTIL }, {}, 'quarantine'],
    ['an unknown blocker', { blocker: 'rain', until: UNTIL }, {}, 'blocker: "rain"; '],
    ['no expiry', { blocker: 'hold' }, {}, 'until: expected an instant like 2026-11-02T09:00:00Z'],
    ['an alarm that nobody can read', { blocker: 'alarm', until: UNTIL }, { health: null }, 'nothing runs now that reads them'],
  ])('is refused: %s', async (_, over, ports, message) => {
    const { said } = await told((world, say) => {
      world.at(at('09:01'), () => say(asks(world, 'hold', {})));
      world.at(at('09:30'), () => say(asks(world, 'override', { release: 1, ...over }, ports)));
    });
    expect(said[1]).toContain(message);
  });
});

describe('expedite and approve', () => {
  it('make a release faster with the approvals that the definition demands', async () => {
    const { said, events } = await told((world, say) => {
      world.at(at('09:01'), () => say(asks(world, 'expedite', { release: 1, factor: '0.25', until: UNTIL })));
      for (const [time, by] of [
        ['09:02', 'ada'],
        ['09:03', 'ada'],
        ['09:04', 'grace'],
      ] as const) {
        world.at(at(time), () => say(asks(world, 'approve', { release: 1, by })));
      }
    });
    expect(said).toEqual([
      'Asked: release 1 takes 0.25 of its time until 2026-11-03T08:00:00.000Z. It begins when enough have approved it.',
      'Approved by ada.',
      'release 1: ada has approved it already, or it is expedited',
      'Approved by grace.',
      'Release 1 is expedited, approved by ada and grace: no other enters meanwhile.',
    ]);
    expect(events.find((e) => e.type === 'BakeStarted')).toMatchObject({ endsAt: expect.stringMatching(/^2026-11-02T09:2/) });
  });

  it('are refused to whom the definition does not name', async () => {
    const { said } = await told((world, say) => {
      world.at(at('09:01'), () => say(asks(world, 'expedite', { release: 1, factor: 0.25, until: UNTIL })));
      world.at(at('09:02'), () => say(asks(world, 'approve', { release: 1, by: 'mallory' })));
    });
    expect(said[1]).toContain("'mallory'; expected one of ada, grace");
  });
});

describe('the line', () => {
  it.each(['team', 'everything'] as const)(
    'of %s is stopped: nothing enters a step until it is restarted, and then at once',
    async (of) => {
      const { said, events, commits } = await told((world, say) => {
        world.at(at('09:01'), () => say(asks(world, 'hold', { of })));
        world.at(at('09:02'), () => say(asks(world, 'hold', { of })));
        world.at(at('09:45'), () => say(asks(world, 'resume', { of })));
        world.at(at('09:46'), () => say(asks(world, 'resume', { of })));
      });
      const what = of === 'team' ? 'team orders' : 'everything';
      expect(said).toEqual([
        `The line of ${what} is stopped: no release enters a step until somebody restarts it. What goes back goes on.`,
        `the line of ${what} is stopped already`,
        `The line of ${what} goes on: releases may enter steps again.`,
        `the line of ${what} is not stopped`,
      ]);
      expect(events.find((e) => e.type === 'StepBlocked')).toMatchObject({
        blockers: [{ kind: 'hold', of, reason: 'an outage', by: 'dev' }],
      });
      expect(commits.find((c) => c.events.some((e) => e.type === 'StepEntered'))?.at).toBe(at('09:45'));
    },
  );

  it('of nothing else can be stopped', async () => {
    const { said } = await told((world, say) => world.at(at('09:01'), () => say(asks(world, 'hold', { of: 'region' }))));
    expect(said).toEqual(['of: "region"; expected pipeline, team or everything']);
  });
});

describe('end-expedite', () => {
  it('ends what two had approved, and is refused where nothing is expedited', async () => {
    const { said, events } = await told((world, say) => {
      world.at(at('09:01'), () => say(asks(world, 'end-expedite', { release: '1' })));
      world.at(at('09:02'), () => say(asks(world, 'expedite', { release: '1', by: 'ada', factor: '0.5', until: UNTIL })));
      world.at(at('09:03'), () => say(asks(world, 'approve', { release: '1', by: 'grace' })));
      world.at(at('09:30'), () => say(asks(world, 'end-expedite', { release: '1' })));
    });
    expect(said[0]).toBe('release 1 is not expedited');
    expect(said.at(-1)).toBe('Release 1 is expedited no more.');
    expect(events.find((e) => e.type === 'ExpediteEnded')).toMatchObject({ because: { kind: 'person', by: 'dev', reason: 'an outage' } });
  });
});
