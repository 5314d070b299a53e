import { beforeAll, describe, expect, it } from 'vitest';
import { eventLines } from '../../cli/watching.ts';
import { businessHours } from '../../domain/pipeline/pipeline.ts';
import { wavesOf } from '../../domain/pipeline/waves.ts';
import { overrideBlocker } from '../../functions/override-blocker.ts';
import { checkLog } from '../../scripts/check-log/check.ts';
import { ArticlePipeline } from '../domain/article-pipeline.ts';
import { World } from '../statemachines/world.ts';

const EVENT = 'arn:aws:cloudwatch:us-east-1:123456789012:alarm:LargeScaleEvent';
const FREEZE = { reason: 'a sale', from: '2026-11-02T00:00:00Z', to: '2026-11-03T00:00:00Z', responders: ['ada'] };

class Careful extends ArticlePipeline {
  override waves = wavesOf(['eu-south-2']);
  override windows = businessHours({ zone: 'UTC', holidays: [], from: '08:00', to: '17:00' });
  override staffed = [businessHours({ zone: 'UTC', holidays: [], from: '08:00', to: '18:00' })];
  override maxDeploymentsPerWindow = 1;
  override freezes = [FREEZE];
  override organisationAlarms = [EVENT];
  override regionHours() {
    return businessHours({ zone: 'Europe/Madrid', holidays: [], from: '09:00', to: '19:00' });
  }
}

type Line = Record<string, unknown> & { seq: number; type: string };

/** Two releases in a freeze, the first let in against it and against an alarm that is over at noon. */
async function log(): Promise<readonly Line[]> {
  const world = new World(Careful);
  await world.define();
  world.pushAt('2026-11-02T09:00:00.000Z', 'mend');
  world.pushAt('2026-11-02T13:00:00.000Z', 'next');
  world.alarmAt('2026-11-02T09:01:00.000Z', 'eu-south-2/aggregate', 'ALARM', true, 'Faults');
  world.alarmAt('2026-11-02T12:00:00.000Z', 'eu-south-2/aggregate', 'OK', true, 'Faults');
  for (const blocker of ['alarm', 'freeze'])
    world.at('2026-11-02T09:10:00.000Z', async () => {
      const given = { person: 'ada', reason: 'it mends it', until: '2026-11-02T20:00:00Z', commandId: blocker };
      await overrideBlocker(world.runtime.ports)({ pipeline: world.pipeline, release: 1, blocker, ...given });
    });
  await world.clock.run(() => world.clock.now() >= '2026-11-06T00:00:00.000Z');
  return (await world.commits()).flatMap(eventLines).map((l) => JSON.parse(l) as Line);
}

const only = (lines: readonly Line[], type: string, where: (line: Line) => boolean = () => true): Line => {
  const found = lines.find((l) => l.type === type && where(l));
  if (found === undefined) throw new Error(`the log has no such ${type}`);
  return found;
};
const overridden = (kind: string) => (l: Line) => (l.blocker as { kind: string }).kind === kind;
const entered =
  (step: string, release = 1) =>
  (l: Line) =>
    l.step === step && l.release === release;
const set = (line: Line, over: object, lines: Line[]) => {
  Object.assign(line, over);
  return lines;
};

/** Takes a commit out, and closes the gap. */
const without = (gone: Line, lines: readonly Line[]) =>
  lines.filter((l) => l.seq !== gone.seq).map((l) => ({ ...l, seq: l.seq > gone.seq ? l.seq - 1 : l.seq }));

/** A small change to the log, and what the checker says of it. */
const DOCTORED: readonly [string, RegExp, (lines: Line[]) => Line[]][] = [
  [
    'an alarm that nobody overrode',
    /with eu-south-2\/aggregate in ALARM/,
    (l) => without(only(l, 'BlockerOverridden', overridden('alarm')), l),
  ],
  ['a freeze that nobody overrode', /against its blocker freeze/, (l) => without(only(l, 'BlockerOverridden', overridden('freeze')), l)],
  [
    'a freeze that another person overrode',
    /expected one of its responders/,
    (l) => set(only(l, 'BlockerOverridden', overridden('freeze')), { overriddenBy: 'eve', by: 'eve' }, l),
  ],
  ['a person who is not who decided', /expected the same person/, (l) => set(only(l, 'BlockerOverridden'), { by: 'eve' }, l)],
  ['an override without a reason', /without a reason/, (l) => set(only(l, 'BlockerOverridden'), { reason: '' }, l)],
  ['an override without an end', /within a week/, (l) => set(only(l, 'BlockerOverridden'), { until: '2027-11-02T20:00:00.000Z' }, l)],
  [
    'an override of a quarantine',
    /which nobody may/,
    (l) => {
      const blocker = { kind: 'quarantine', release: 1, suspects: { present: [], absent: [] } };
      return set(only(l, 'BlockerOverridden'), { blocker }, l);
    },
  ],
  [
    'an entry after the override had ended',
    /in ALARM/,
    (l) =>
      set(
        only(l, 'BlockerOverridden', overridden('alarm')),
        { until: '2026-11-02T09:10:00.001Z' },
        set(only(l, 'StepEntered'), { lookedAt: '2026-11-02T09:10:00.002Z' }, l),
      ),
  ],
  [
    'an alarm that went off anew after its override',
    /in ALARM/,
    (l) => {
      const [freeze, alarm] = (only(l, 'StepEntered').overridden as { kind: string; leaves?: { since: string }[] }[]).toSorted((a) =>
        a.kind === 'alarm' ? 1 : -1,
      );
      const leaf = alarm?.leaves?.[0];
      if (freeze === undefined || leaf === undefined) throw new Error('it entered against no alarm');
      leaf.since = '2026-11-02T09:10:00.001Z';
      return l;
    },
  ],
  [
    'a promotion over an alarm that it entered against',
    /entered against eu-south-2\/aggregate, expected those to be OK/,
    (l) => set(only(l, 'BakePassed'), { alarms: [] }, l),
  ],
  [
    'an entry without the alarm of the organisation',
    /without the alarms of arn:aws/,
    (l) => {
      const entry = only(l, 'StepEntered');
      return set(entry, { alarms: (entry.alarms as { scope: string }[]).filter((a) => a.scope !== 'organisation') }, l);
    },
  ],
  [
    'an entry while nobody stays until its end',
    /against its blocker staffed/,
    (l) => set(only(l, 'StepEntered', entered('wave-1/cells-1')), { lookedAt: '2026-11-03T16:58:00.000Z' }, l),
  ],
  [
    'an entry outside of the hours of its Region',
    /against its blocker regionHours/,
    (l) => {
      const policy = only(l, 'PipelineDefined').definition as { regionHours: Record<string, { from: string }> };
      Object.assign(policy.regionHours['eu-south-2'] ?? {}, { from: '12:00' });
      return l;
    },
  ],
  [
    'an entry over the maximum of its window',
    /against its blocker maximum 1/,
    (l) => {
      const first = only(l, 'StepEntered');
      const second = only(l, 'StepEntered', entered('wave-1/one-box', 2));
      return set(first, { lookedAt: String(second.lookedAt) }, l);
    },
  ],
];

describe('the log of a release that was let in against a freeze and an alarm', () => {
  let lines: readonly Line[];
  beforeAll(async () => {
    lines = await log();
  });
  const check = async (changed: readonly Line[]) => (await checkLog(changed.map((l) => JSON.stringify(l)))).violations;

  it('breaks no invariant', async () => {
    expect(lines.filter((l) => l.type === 'BlockerOverridden')).toHaveLength(2);
    expect(await check(lines)).toEqual([]);
  });

  it.each(DOCTORED)('is caught with %s', async (_, text, change) => {
    const violations = await check(change(structuredClone(lines) as Line[]));
    expect(violations.map((v) => v.text).join('\n')).toMatch(text);
  });
});
