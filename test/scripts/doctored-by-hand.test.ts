import { beforeAll, describe, expect, it } from 'vitest';
import { eventLines } from '../../cli/watching.ts';
import { wavesOf } from '../../domain/pipeline/waves.ts';
import { PERSONS_COMMANDS } from '../../functions/persons-commands.ts';
import { checkLog } from '../../scripts/check-log/check.ts';
import { ArticlePipeline } from '../domain/article-pipeline.ts';
import { World } from '../statemachines/world.ts';

class TwoRegions extends ArticlePipeline {
  override waves = wavesOf(['eu-south-2', 'us-east-1']);
  override windows = null;
}

interface Line {
  seq: number;
  by: string;
  type: string;
  release?: number;
  region?: string;
  scope?: string[];
  cells?: { cell: string; to: unknown }[];
}

const ONE = 'us-east-1';

/** Two releases everywhere; a person takes the second back in one Region, and then everywhere, where a cell does not answer at first. */
async function story(): Promise<string[]> {
  const world = new World(TwoRegions);
  await world.define();
  world.pushAt('2026-11-02T09:00:00.000Z', 'good');
  world.pushAt('2026-11-04T09:00:00.000Z', 'better');
  const asks = (at: string, command: string, over: Record<string, unknown>) =>
    world.at(at, async () =>
      PERSONS_COMMANDS.get(command)?.run(world.runtime.ports, {
        pipeline: world.pipeline,
        by: 'ines',
        reason: 'slow',
        commandId: at,
        ...over,
      }),
    );
  asks('2026-11-06T09:00:00.000Z', 'rollback', { release: 2, region: ONE });
  world.at('2026-11-06T11:59:00.000Z', async () => world.target.closed.add('eu-south-2/eu-south-2a'));
  asks('2026-11-06T12:00:00.000Z', 'rollback', { release: 2, everywhere: true });
  world.at('2026-11-06T13:59:00.000Z', async () => world.target.closed.clear());
  asks('2026-11-06T14:00:00.000Z', 'resume', {});
  await world.clock.run(() => world.clock.now() > '2026-11-10');
  return (await world.commits()).flatMap(eventLines);
}

const started = (lines: readonly Line[], nth: number): Line => {
  const found = lines.filter((l) => l.type === 'RollbackStarted')[nth];
  if (found === undefined) throw new Error(`the story has no rollback ${nth}`);
  return found;
};

const DOCTORED: readonly [number, string, (lines: Line[]) => Line[]][] = [
  [
    4,
    'somebody else’s commit',
    (lines) => {
      const { seq } = started(lines, 0);
      return lines.map((l) => (l.seq === seq ? { ...l, by: 'nobody' } : l));
    },
  ],
  [
    6,
    'a cell that it leaves out',
    (lines) => {
      started(lines, 0).scope?.pop();
      return lines;
    },
  ],
  [
    6,
    'a cell of another Region in its scope',
    (lines) => {
      started(lines, 0).scope?.push('eu-south-2/eu-south-2a');
      return lines;
    },
  ],
  [
    6,
    'a cell that goes back to the one that is taken back',
    (lines) => {
      const [cell] = started(lines, 1).cells ?? [];
      if (cell !== undefined) cell.to = { release: 2, version: 'r2-better00ffff', checksum: 'better00'.padEnd(64, 'f') };
      return lines;
    },
  ],
  [11, 'no quarantine', (lines) => lines.filter((l) => l.type !== 'ReleaseQuarantined')],
  [14, 'a failed cell that a resume forgets', (lines) => lines.map((l) => (l.type === 'PipelineResumed' ? { ...l, cells: [] } : l))],
];

describe('a rollback by hand, in one Region and everywhere, that fails once', () => {
  let lines: string[];
  beforeAll(async () => {
    lines = await story();
  });

  it('breaks no invariant', async () => {
    const types = lines.map((l) => (JSON.parse(l) as Line).type);
    expect(types.filter((t) => t === 'RollbackStarted' || t === 'RollbackFailed' || t === 'ReleaseRolledBack')).toEqual([
      'RollbackStarted',
      'ReleaseRolledBack',
      'RollbackStarted',
      'RollbackFailed',
      'ReleaseRolledBack',
    ]);
    expect((await checkLog(lines, { isComplete: true })).violations).toEqual([]);
  });

  it.each(DOCTORED)('breaks invariant %i with %s', async (invariant, _, change) => {
    const doctored = change(lines.map((l) => JSON.parse(l) as Line)).map((l) => JSON.stringify(l));
    expect((await checkLog(doctored)).violations.map((v) => v.invariant)).toContain(invariant);
  });
});
