import { beforeAll, describe, expect, it } from 'vitest';
import { eventLines } from '../../cli/watching.ts';
import { lambdaAlias } from '../../domain/pipeline/pipeline.ts';
import { wavesOf } from '../../domain/pipeline/waves.ts';
import { PERSONS_COMMANDS } from '../../functions/persons-commands.ts';
import { checkLog } from '../../scripts/check-log/check.ts';
import { ArticlePipeline } from '../domain/article-pipeline.ts';
import { World } from '../statemachines/world.ts';

class OnAlias extends ArticlePipeline {
  override target = lambdaAlias({ functionName: 'front-end', alias: 'live' });
  override waves = wavesOf(['eu-south-2']);
  override windows = null;
  override expediting = { principals: ['ada', 'grace', 'joan'], approvals: 2 };
}

type Line = Record<string, unknown> & { type: string; release?: number };
type Target = { target: { kind: string; oneBoxAlias?: string | null } };

/** The second release is expedited while the first is being put on the cell: it takes over once that is whole. */
async function log(): Promise<readonly Line[]> {
  const world = new World(OnAlias);
  await world.define();
  const asks = (at: string, command: string, over: Record<string, unknown>) =>
    world.at(at, async () =>
      PERSONS_COMMANDS.get(command)?.run(world.runtime.ports, { pipeline: world.pipeline, release: 2, commandId: at, ...over }),
    );
  world.pushAt('2026-11-02T09:00:00.000Z', 'slow');
  world.pushAt('2026-11-02T09:30:00.000Z', 'mend');
  asks('2026-11-02T10:11:30.000Z', 'expedite', { by: 'ada', reason: 'an outage', factor: 0.5, until: '2026-11-03T21:00:00.000Z' });
  asks('2026-11-02T10:11:31.000Z', 'approve', { by: 'grace' });
  await world.clock.run(() => world.clock.now() > '2026-11-06');
  return (await world.commits()).flatMap(eventLines).map((l) => JSON.parse(l) as Line);
}

describe('the log of a pipeline on a Lambda alias', () => {
  let lines: readonly Line[];
  beforeAll(async () => {
    lines = await log();
  });
  const found = async (doctor: (target: Target['target']) => Target['target'] = (t) => t) => {
    const doctored = lines.map((l) =>
      l.type === 'PipelineDefined'
        ? { ...l, definition: { ...(l.definition as Target), target: doctor((l.definition as Target).target) } }
        : l,
    );
    return (await checkLog(doctored.map((l) => JSON.stringify(l)))).violations.map((v) => `I${v.invariant} ${v.text}`);
  };
  const at = (type: string, release: number, scope?: string) =>
    lines.findIndex((l) => l.type === type && l.release === release && (scope === undefined || l.scope === scope));

  it('breaks no invariant: an expedited release lets the one before finish its step, and then takes it over', async () => {
    expect(await found()).toEqual([]);
    const cell = lines.filter((l) => l.release === 1 && l.cell === 'eu-south-2/all').map((l) => l.type);
    expect(cell).toEqual(['DeploymentStarted', ...Array(4).fill('BatchDeployed'), 'DeploymentSucceeded']);
    const [expedited, whole, takenOver] = [at('ReleaseExpedited', 2), at('BakeStarted', 1, 'wave-1/cells-1'), at('ReleaseSuperseded', 1)];
    expect([expedited < whole, whole < takenOver]).toEqual([true, true]);
    expect(String(lines[takenOver]?.at).slice(0, 16)).toBe(String(lines[whole]?.at).slice(0, 16));
    expect(lines.some((l) => l.type === 'ReleaseCompleted' && l.release === 2)).toBe(true);
  });

  it('is told from one in which the one-box had an alias of its own: nobody would have waited for its slot', async () => {
    expect((await found((target) => ({ ...target, oneBoxAlias: 'box' }))).join('\n')).toMatch(/I14 waits for wave-1\/one-box on .*slot/);
  });

  it('is told from one of boxes, which nobody waits for to be whole', async () => {
    expect((await found(() => ({ kind: 'fleet' }))).length).toBeGreaterThan(0);
  });
});
