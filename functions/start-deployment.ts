import * as z from 'zod';
import { goesBackIn } from '../domain/entry/slots.ts';
import { regionOf } from '../domain/pipeline/route.ts';
import type { Instant } from '../domain/ports.ts';
import type { PipelineState } from '../domain/state.ts';
import type { With } from './ports.ts';
import { openRelease, type ReleaseScope, releaseInput } from './release-scope.ts';
import { newVersion } from './versions.ts';

export const cellInput = releaseInput.extend({ cell: z.string(), epoch: z.int().positive() });

const LONGEST_WAIT_SECONDS = 120;

/** Records what runs there before the first change; a cell that another owner has taken since is left alone. */
export const startDeployment = (ports: With<'target'>) => async (payload: unknown) => {
  const { cell, epoch, ...ids } = cellInput.parse(payload);
  const scope = await openRelease(ports, ids);
  return { seq: scope.seq, ...(await start(ports, scope, cell, epoch)) };
};

async function start(ports: With<'target'>, scope: ReleaseScope, cell: string, epoch: number) {
  const { pipeline, release, id } = scope;
  const state = pipeline.cells[cell];
  if (state === undefined || state.epoch !== epoch) return { outcome: 'stopped' };
  if (state.back !== null) return startBack(ports, state.back, release.number);
  if (release.status !== 'deploying') return { outcome: 'stopped' };
  const patience = state.notBefore === null ? 0 : secondsUntil(ports, state.notBefore);
  if (patience > 0) return { outcome: 'wait', waitSeconds: Math.min(patience, LONGEST_WAIT_SECONDS) };
  if (goesBackIn(scope.state, regionOf(cell))) return { outcome: 'wait', waitSeconds: LONGEST_WAIT_SECONDS };
  const reading = await ports.target.current({ pipeline: id.id, cell });
  const act = `${cell}/forward#${epoch}/start`;
  const after = await scope.decide(act, {
    type: 'StartDeployment',
    pipeline: id.pipeline,
    release: release.number,
    cell,
    epoch,
    reading,
    to: newVersion(release),
  });
  const now = after.pipeline.cells[cell];
  return { outcome: now?.epoch === epoch && now.deployment !== null ? 'deploy' : 'stopped' };
}

const secondsUntil = (ports: With<'target'>, then: Instant): number => Math.ceil((Date.parse(then) - Date.parse(ports.clock.now())) / 1000);

/** V4: the former owner may still write until it has returned or its time-out has passed. */
function startBack(ports: With<'target'>, back: NonNullable<PipelineState['cells'][string]['back']>, release: number) {
  if (back.owner !== release || back.failed) return { outcome: 'stopped' };
  const waitSeconds = secondsUntil(ports, back.notBefore);
  return waitSeconds > 0 ? { outcome: 'wait', waitSeconds: Math.min(waitSeconds, LONGEST_WAIT_SECONDS) } : { outcome: 'deploy' };
}
