import { describe, expect, it } from 'vitest';
import { endOfTime } from '../../domain/entry/blockers-of-time.ts';
import type { Blocker } from '../../domain/events.ts';
import { compile } from '../../domain/pipeline/compile.ts';
import type { PipelineDefinition, WindowsDefinition } from '../../domain/pipeline/definition.ts';
import { wavesOf } from '../../domain/pipeline/waves.ts';
import { ArticlePipeline } from './article-pipeline.ts';
import { Story } from './story.ts';

const R1 = 'eu-west-1';
const R2 = 'us-east-1';
const hours = (over: Partial<WindowsDefinition> = {}): WindowsDefinition => ({
  zone: 'UTC',
  days: [1, 2, 3, 4, 5],
  from: '09:00',
  to: '17:00',
  holidays: [],
  ...over,
});

/** Two waves of a Region each; a step takes 5 minutes and an hour. */
const withPolicy = (over: Partial<PipelineDefinition>, waves: readonly (readonly string[])[] = [[R1], [R2]]) => {
  class Policy extends ArticlePipeline {
    override waves = wavesOf(...waves);
    override windows = null;
    override cells() {
      return ['A'];
    }
    override toDefinition() {
      return { ...super.toDefinition(), ...over };
    }
  }
  return compile(Policy);
};
/** Monday 2026-11-02, 09:00 UTC, and so many minutes. */
const at = (s: Story, minutes: number) => s.pass((Date.parse('2026-11-02T09:00:00Z') - Date.parse(s.now)) / 1000 + minutes * 60);
const blockers = (s: Story, n = 1) => s.enters(n).release(n).blockers;

describe('the local hours of a Region', () => {
  const rules = { regionHours: { [R1]: hours({ zone: 'Europe/Dublin' }), [R2]: hours({ zone: 'America/New_York' }) } };

  it('hold a step until all of its Regions are within theirs, and name those that are not', () => {
    const s = new Story(withPolicy(rules, [[R1, R2]])).arrives(1);
    expect(blockers(s)).toEqual([{ kind: 'regionHours', regions: [R2], opensAt: '2026-11-02T14:00:00.000Z' }]);
    at(s, 9 * 60);
    expect(blockers(s)).toEqual([{ kind: 'regionHours', regions: [R1], opensAt: '2026-11-03T14:00:00.000Z' }]);
  });

  it('hold only steps in the Region', () => {
    const s = new Story(withPolicy(rules)).arrives(1);
    expect(s.enters(1).release(1).status).toBe('deploying');
  });

  it('open when the windows are open too', () => {
    const s = new Story(withPolicy({ windows: hours({ from: '15:00' }), ...rules }, [[R1, R2]])).arrives(1);
    expect(blockers(s)).toEqual([
      { kind: 'window', opensAt: '2026-11-02T15:00:00.000Z' },
      { kind: 'regionHours', regions: [R2], opensAt: '2026-11-02T15:00:00.000Z' },
    ]);
  });
});

describe('the hours of the staff', () => {
  it('hold a step that would end after them, until the first moment from which it would not', () => {
    const s = new Story(withPolicy({ staffed: [hours()] })).arrives(1);
    at(s, 7 * 60);
    const start = '2026-11-03T09:00:00.000Z';
    expect(blockers(s)).toEqual([
      { kind: 'staffed', endsAt: '2026-11-02T17:05:01.000Z', staffedUntil: '2026-11-02T17:00:00.000Z', startsAt: start },
    ]);
    at(s, 12 * 60);
    expect(blockers(s)).toMatchObject([{ kind: 'staffed', staffedUntil: null, startsAt: start }]);
  });

  it('let it start when it ends with them', () => {
    const s = new Story(withPolicy({ staffed: [hours()] })).arrives(1);
    at(s, 6 * 60 + 55).pass(-1);
    expect(s.enters(1, { ...s.looks(1), lookedAt: '2026-11-02T15:55:00.000Z' }).release(1).status).toBe('deploying');
  });

  it('hold it a second before that moment no less than after it', () => {
    const s = new Story(withPolicy({ staffed: [hours()] })).arrives(1);
    const look = (lookedAt: string) => s.enters(1, { ...s.looks(1), lookedAt }).release(1).blockers;
    expect(look('2026-11-02T15:55:00.001Z')).toMatchObject([
      { endsAt: '2026-11-02T17:00:00.001Z', staffedUntil: '2026-11-02T17:00:00.000Z' },
    ]);
    expect(look('2026-11-02T17:00:00.000Z')).toMatchObject([{ staffedUntil: null }]);
    expect(look('2026-11-02T08:59:59.999Z')).toMatchObject([{ staffedUntil: null, startsAt: '2026-11-02T09:00:00.000Z' }]);
    expect(look('2026-11-03T09:00:00.000Z')).toEqual([]);
  });

  it('ask for less of a release that is expedited', () => {
    const approvers = { principals: ['ada', 'grace', 'joan'], approvals: 2 };
    const s = new Story(withPolicy({ staffed: [hours()], expediting: approvers })).arrives(1);
    at(s, 7 * 60 + 30);
    const until = '2026-11-03T09:00:00.000Z';
    s.do({ type: 'RequestExpedite', pipeline: 'application', release: 1, factor: 0.1, reason: 'an outage', until, requestedBy: 'ada' });
    expect(blockers(s)).toMatchObject([{ kind: 'staffed' }]);
    s.do({ type: 'ApproveExpedite', pipeline: 'application', release: 1, approvedBy: 'grace' });
    expect(s.enters(1).release(1).status).toBe('deploying');
  });

  it('are those of all offices together', () => {
    const offices = [hours({ to: '13:00' }), hours({ from: '12:00', to: '18:00' })];
    const s = new Story(withPolicy({ staffed: offices })).arrives(1);
    at(s, 3 * 60 + 30);
    expect(s.enters(1).release(1).status).toBe('deploying');
  });

  it('say one thing as long as nothing else changes, though it would end later at each look', () => {
    const s = new Story(withPolicy({ staffed: [hours()] })).arrives(1);
    at(s, 7 * 60);
    s.enters(1).pass(600).enters(1);
    expect(s.events.filter((e) => e.type === 'StepBlocked')).toHaveLength(1);
  });

  it('ask for the health that a bake must have seen, where that takes longer than its time', () => {
    class Short extends ArticlePipeline {
      override waves = wavesOf([R1]);
      override windows = null;
      override staffed = [hours()];
      override bake() {
        return { ...super.bake(), oneBoxSeconds: 60, healthySeconds: 7_200 };
      }
    }
    const s = new Story(compile(Short)).arrives(1);
    at(s, 6 * 60);
    expect(blockers(s)).toMatchObject([{ kind: 'staffed', endsAt: '2026-11-02T17:05:01.000Z' }]);
  });
});

describe('the maximum of a window', () => {
  const rules = { windows: hours(), maxDeploymentsPerWindow: 2 };

  it('holds the next entry into a wave until the windows open again', () => {
    const s = new Story(withPolicy(rules)).arrives(1).goesThrough(1).enters(1).deploys(1).arrives(2);
    s.pass(60).enters(2).deploys(2).arrives(3);
    expect(s.release(2).status).toBe('baking');
    expect(blockers(s, 3)).toContainEqual({ kind: 'maximum', started: 2, maximum: 2, opensAt: '2026-11-03T09:00:00.000Z' });
  });

  it('counts entries into waves alone, and those of the same opening alone', () => {
    const s = new Story(withPolicy({ ...rules, maxDeploymentsPerWindow: 1 })).arrives(1).goesThrough(1);
    expect(s.enters(1).release(1).status).toBe('deploying');
    s.arrives(2);
    expect(blockers(s, 2).map((b) => b.kind)).toContain('maximum');
    s.pass(24 * 3_600);
    expect(blockers(s, 2).map((b) => b.kind)).not.toContain('maximum');
  });

  it('counts an entry at the very opening', () => {
    const s = new Story(withPolicy({ ...rules, maxDeploymentsPerWindow: 1 })).arrives(1);
    s.enters(1, { ...s.looks(1), lookedAt: '2026-11-02T09:00:00.000Z' }).arrives(2);
    expect(blockers(s, 2).map((b) => b.kind)).toContain('maximum');
  });

  it('is none where the definition has none, or no windows to count in', () => {
    const s = new Story(withPolicy({ windows: hours() })).arrives(1);
    expect(s.enters(1).release(1).status).toBe('deploying');
    expect(() => withPolicy({ windows: null, maxDeploymentsPerWindow: 1 })).toThrow(/^maxDeploymentsPerWindow: 1, .*no windows/);
  });

  it('counts nothing outside of the windows: there they block', () => {
    const s = new Story(withPolicy({ ...rules, maxDeploymentsPerWindow: 1 })).arrives(1).enters(1);
    s.isPushed(2).isBuilt(2);
    at(s, 10 * 60);
    expect(blockers(s, 2).map((b) => b.kind)).toEqual(['slot', 'window']);
  });
});

describe('a freeze', () => {
  const freeze = { reason: 'Black Friday', from: '2026-11-02T10:00:00+01:00', to: '2026-11-02T12:00:00Z' };
  const look = (s: Story, lookedAt: string) => s.enters(1, { ...s.looks(1), lookedAt }).release(1);

  it('holds a step from its very beginning until its end, not at it, and says why and until when', () => {
    const s = new Story(
      withPolicy({ freezes: [freeze, { ...freeze, reason: 'over', from: '2026-10-01T00:00:00Z', to: '2026-10-02T00:00:00Z' }] }),
    ).arrives(1);
    expect(look(s, '2026-11-02T09:00:00.000Z').blockers).toEqual([
      { kind: 'freeze', reason: 'Black Friday', until: '2026-11-02T12:00:00.000Z' },
    ]);
    expect(look(s, '2026-11-02T11:59:59.999Z').status).toBe('waiting');
    expect(look(s, '2026-11-02T12:00:00.000Z').status).toBe('deploying');
  });

  it('holds nothing a moment before it', () => {
    const s = new Story(withPolicy({ freezes: [freeze] })).arrives(1);
    expect(look(s, '2026-11-02T08:59:59.999Z').status).toBe('deploying');
  });
});

describe('when what blocks is over by time alone', () => {
  const until = '2026-11-02T12:00:00.000Z';

  it.each([
    [{ kind: 'window', opensAt: until }, until],
    [{ kind: 'window', opensAt: null }, null],
    [{ kind: 'regionHours', regions: [R1], opensAt: until }, until],
    [{ kind: 'maximum', started: 2, maximum: 2, opensAt: until }, until],
    [{ kind: 'staffed', endsAt: '2026-11-02T17:00:00.000Z', staffedUntil: null, startsAt: until }, until],
    [{ kind: 'freeze', reason: 'Black Friday', until }, until],
    [{ kind: 'settling', until }, until],
    [{ kind: 'expedited', release: 2, until }, until],
    [{ kind: 'slot', slot: 'wave-1/body', heldBy: 2 }, null],
    [{ kind: 'hold', of: 'team', reason: 'an audit', by: 'bob' }, null],
  ] as [Blocker, string | null][])('%j', (blocker, end) => {
    expect(endOfTime(blocker)).toBe(end);
  });
});

describe('an override of a blocker of time', () => {
  it.each([
    ['window', { windows: hours({ from: '15:00' }) }],
    ['regionHours', { regionHours: { [R1]: hours({ from: '15:00' }) } }],
    ['staffed', { staffed: [hours({ from: '15:00' })] }],
  ] as const)('lets a release pass: %s', (kind, over) => {
    const s = new Story(withPolicy(over as Partial<PipelineDefinition>)).arrives(1);
    expect(blockers(s).map((b) => b.kind)).toEqual([kind]);
    s.overrides(1, kind);
    s.pass(1_200).enters(1);
    expect(s.release(1).overrides).toEqual([]);
    expect(s.events.at(-1)).toMatchObject({ type: 'StepEntered', overridden: [{ kind }] });
  });

  it('lets it pass the maximum', () => {
    const s = new Story(withPolicy({ windows: hours(), maxDeploymentsPerWindow: 1 }))
      .arrives(1)
      .goesThrough(1)
      .enters(1)
      .arrives(2)
      .enters(2);
    s.overrides(2, 'maximum');
    expect(s.enters(2).release(2).status).toBe('deploying');
  });

  it('is of one release and one step', () => {
    const s = new Story(withPolicy({ windows: hours({ from: '15:00' }) })).arrives(1).enters(1);
    s.overrides(1, 'window', { until: '2026-11-03T09:00:00.000Z' });
    s.enters(1).deploys(1).bakes(1).enters(1);
    expect(s.release(1).blockers.map((b) => b.kind)).toEqual(['window']);
    s.arrives(2);
    expect(blockers(s, 2).map((b) => b.kind)).toEqual(['slot', 'window']);
  });
});
