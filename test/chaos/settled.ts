import { hasEnded } from '../../domain/entry/slots.ts';
import type { ReleaseState } from '../../domain/state.ts';
import { type PipelineId, serviceOf } from '../../functions/pipeline-id.ts';
import type { ChaosWorld } from './chaos-world.ts';

/** Whatever is in flight and caused an alarm has been taken back by then. */
const LONG_MS = 3 * 3_600_000;

const keyOf = (stream: string, pipeline: string, release: number): string => `${stream} ${pipeline} ${release}`;

/**
 * I14: releases that move no more although they have not ended, and were not left to a person: what they wait for is neither a quarantine nor a
 * hold nor an alarm that stays on, nor a release that waits for one of these. Those that may still move are among them; so it is empty at an end.
 */
export function unsettled(world: ChaosWorld): readonly string[] {
  const open = world.ids.flatMap((id) =>
    Object.values(world.pipelineOf(id).releases)
      .filter((r) => !hasEnded(r))
      .map((release) => ({ id, release, key: keyOf(id.stream, id.pipeline, release.number) })),
  );
  const asked = new Set<string>();
  for (let before = -1; before !== asked.size; ) {
    before = asked.size;
    for (const { id, release, key } of open) if (isLeftToAPerson(world, id, release) || waitsFor(world, id, release, asked)) asked.add(key);
  }
  return open
    .filter(({ key }) => !asked.has(key))
    .map(({ key, release: { status, blockers } }) => `${key} is ${status}, waits for ${JSON.stringify(blockers)}`);
}

function waitsFor(world: ChaosWorld, id: PipelineId, { status, blockers }: ReleaseState, asked: ReadonlySet<string>): boolean {
  if (status !== 'waiting') return false;
  return blockers.some((b) => {
    if (b.kind === 'quarantine' || b.kind === 'hold') return true;
    // It pages by itself, and what it stands before may be overridden.
    if (b.kind === 'alarm') return world.board.isOnSince(b.arn, world.nowMs - LONG_MS);
    if (b.kind === 'slot') return asked.has(keyOf(id.stream, id.pipeline, b.heldBy));
    if (b.kind === 'newer' || b.kind === 'returned') return asked.has(keyOf(id.stream, id.pipeline, b.release));
    if (b.kind === 'busy') return asked.has(keyOf(id.stream, b.pipeline, b.release));
    return b.kind === 'turn' && asked.has(keyOf(serviceOf(id.team, b.service).stream, b.pipeline, b.release));
  });
}

/** It goes back, but cells could not be taken back: the pipeline is held until somebody resumes it. */
function isLeftToAPerson(world: ChaosWorld, id: PipelineId, release: ReleaseState): boolean {
  const { held, cells } = world.pipelineOf(id);
  const left = release.pending.filter((cell) => cells[cell]?.back?.failed === true);
  return release.status === 'goingBack' && held !== null && left.length === release.pending.length && left.length > 0;
}
