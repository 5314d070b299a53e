import * as z from 'zod';
import { isExpedited } from '../domain/entry/expediting.ts';
import { stepOf } from '../domain/pipeline/route.ts';
import { MAX_ROUNDS } from './find-next-step.ts';
import { lookToEnter } from './looking.ts';
import type { With } from './ports.ts';
import { openRelease, type ReleaseScope, releaseInput } from './release-scope.ts';

const input = releaseInput.extend({ step: z.string(), rounds: z.int() });

/** Takes the slot of the step, or says what stands in the way; the cells that are still to be deployed to, if it is in. */
export const enterStep = (ports: With<'health' | 'notifier'>) => async (payload: unknown) => {
  const { step, rounds, ...ids } = input.parse(payload);
  const scope = await openRelease(ports, ids);
  return { rounds: rounds + 1, ...(await enter(ports, scope, step, rounds)) };
};

async function enter(ports: With<'health' | 'notifier'>, scope: ReleaseScope, step: string, rounds: number) {
  const { release, pipeline } = scope;
  if (rounds >= MAX_ROUNDS) return { outcome: 'hand over' };
  if (stepOf(pipeline, release)?.id !== step) return { outcome: 'left' };
  if (release.status === 'baking') return { outcome: 'entered', cells: [] };
  const looked = await lookToEnter(ports, scope);
  if (looked.outcome === 'wait') return { outcome: 'blocked', execution: scope.name(`${step}-enter`) };
  if (looked.outcome !== 'entered') return { outcome: 'left' };
  await pageIfExpedited(ports, looked.scope, step);
  return { outcome: 'entered', cells: cellsToDeploy(looked.scope) };
}

function cellsToDeploy({ pipeline, release, name }: ReleaseScope) {
  const cells = stepOf(pipeline, release)?.cells.filter((c) => !release.deployed.includes(c.id)) ?? [];
  return cells.map(({ id }) => {
    const epoch = pipeline.cells[id]?.epoch ?? 0;
    return { cell: id, epoch, execution: name(`${id}-e${epoch}`) };
  });
}

/** An expedited release goes faster than alarms can be trusted to see: somebody watches each of its steps. A retry pages again, rather than never. */
async function pageIfExpedited(ports: With<'health' | 'notifier'>, { id, pipeline, release }: ReleaseScope, step: string): Promise<void> {
  if (!isExpedited(pipeline, release.number, ports.clock.now())) return;
  const { reason = '', factor = 1 } = pipeline.expedited ?? {};
  const text = `release ${release.number} is expedited to ${factor} of its time (${reason}): watch it`;
  const of = { id: `${id.id}-r${release.number}/${step}/${release.returns}/expedited`, pipeline: id.id, release: release.number };
  await ports.notifier.page({ ...of, title: `release ${release.number} enters ${step}`, text });
}
