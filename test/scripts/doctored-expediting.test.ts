import { beforeAll, describe, expect, it } from 'vitest';
import { eventLines } from '../../cli/watching.ts';
import { wavesOf } from '../../domain/pipeline/waves.ts';
import { PERSONS_COMMANDS } from '../../functions/persons-commands.ts';
import { checkLog } from '../../scripts/check-log/check.ts';
import { ArticlePipeline } from '../domain/article-pipeline.ts';
import { World } from '../statemachines/world.ts';

class Expediting extends ArticlePipeline {
  override waves = wavesOf(['eu-south-2']);
  override windows = null;
  override expediting = { principals: ['ada', 'grace', 'joan'], approvals: 2 };
}

type Line = Record<string, unknown> & { seq: number; type: string };

/** The first release is expedited for half a day while the second waits behind it. */
async function log(): Promise<readonly Line[]> {
  const world = new World(Expediting);
  await world.define();
  const asks = (at: string, command: string, over: Record<string, unknown>) =>
    world.at(at, async () =>
      PERSONS_COMMANDS.get(command)?.run(world.runtime.ports, { pipeline: world.pipeline, release: 1, commandId: at, ...over }),
    );
  world.pushAt('2026-11-02T09:00:00.000Z', 'mend');
  asks('2026-11-02T09:10:00.000Z', 'expedite', { by: 'ada', reason: 'an outage', factor: 0.5, until: '2026-11-02T21:00:00.000Z' });
  asks('2026-11-02T09:11:00.000Z', 'approve', { by: 'grace' });
  world.pushAt('2026-11-02T09:30:00.000Z', 'next');
  await world.clock.run(() => world.clock.now() > '2026-11-06');
  return (await world.commits()).flatMap(eventLines).map((l) => JSON.parse(l) as Line);
}

const only = (lines: readonly Line[], type: string, release = 1): Line => {
  const found = lines.find((l) => l.type === type && l.release === release);
  if (found === undefined) throw new Error(`the log has no ${type} of release ${release}`);
  return found;
};
const set = (line: Line, over: object, lines: Line[]) => {
  Object.assign(line, over);
  return lines;
};

const DOCTORED: readonly [string, RegExp, (lines: Line[]) => Line[]][] = [
  [
    'another release that enters meanwhile',
    /I12 enters wave-1\/one-box while release 1 is expedited/,
    (lines) => {
      const waits = lines.filter((l) => l.type === 'StepBlocked' && l.release === 2)[0];
      if (waits === undefined) throw new Error('release 2 never waits');
      const { blockers: _, ...of } = waits;
      const entered = only(lines, 'StepEntered', 2);
      return lines.map((l) => (l === waits ? { ...entered, ...of, type: 'StepEntered', enteredAt: waits.lookedAt } : l));
    },
  ],
  ['one approval too few', /expedited with 1 approvals/, (l) => set(only(l, 'ReleaseExpedited'), { approvedBy: ['ada'] }, l)],
  [
    'a stranger’s approval',
    /approved by joan, expected principals/,
    (l) => set(only(l, 'ReleaseExpedited'), { approvedBy: ['ada', 'joan'] }, l),
  ],
  [
    'an author’s approval',
    /approved by ada, who wrote/,
    (l) => set(only(l, 'ReleaseCreated'), { revisions: [{ ...revision(l), author: 'ada' }] }, l),
  ],
  ['an end that is over', /which is over/, (l) => set(only(l, 'ReleaseExpedited'), { until: '2026-11-02T09:00:00.000Z' }, l)],
];

const revision = (lines: readonly Line[]) => (only(lines, 'ReleaseCreated').revisions as object[])[0];

describe('the log of a release that is expedited', () => {
  let lines: readonly Line[];
  beforeAll(async () => {
    lines = await log();
  });
  const found = async (of: readonly Line[]) =>
    (await checkLog(of.map((l) => JSON.stringify(l)))).violations.map((v) => `I${v.invariant} ${v.text}`);

  it('breaks no invariant, and the second release waits until it is over', async () => {
    expect(await found(lines)).toEqual([]);
    expect(only(lines, 'StepBlocked', 2).blockers).toContainEqual(expect.objectContaining({ kind: 'expedited' }));
  });

  it.each(DOCTORED)('breaks invariant 12 with %s', async (_, told, change) => {
    const of = await found(change(lines.map((l) => structuredClone(l))));
    expect(of.filter((v) => v.startsWith('I12')).join('\n')).toMatch(told);
  });
});
