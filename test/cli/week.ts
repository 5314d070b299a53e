import type { Event } from '../../domain/events.ts';
import { evolve } from '../../domain/evolve.ts';
import { wavesOf } from '../../domain/pipeline/waves.ts';
import type { Commit } from '../../domain/ports.ts';
import { initialState, type ServiceState } from '../../domain/state.ts';
import { ArticlePipeline } from '../domain/article-pipeline.ts';
import { World } from '../statemachines/world.ts';

export class TwoWaves extends ArticlePipeline {
  override waves = wavesOf(['eu-south-2'], ['us-east-1']);
}

/** The example's week: a good change, a failing one and its revert, a slow-burning one, an innocent one on top, the revert. */
export async function weekOf(pipeline: unknown): Promise<readonly Commit<Event>[]> {
  const world = new World(pipeline);
  await world.define();
  world.pushAt('2026-11-02T09:00:00.000Z', 'good', { subject: 'Show the price with tax' });
  world.pushAt('2026-11-02T10:30:00.000Z', 'bad', {
    subject: '在庫を数える 📦 in the background, and say so in a subject that no terminal is wide enough for',
  });
  world.alarmAt('2026-11-02T10:45:00.000Z', 'eu-south-2/oneBox', 'ALARM', false);
  world.alarmAt('2026-11-02T11:00:00.000Z', 'eu-south-2/oneBox', 'OK');
  world.pushAt('2026-11-02T13:00:00.000Z', 'revert1', { removes: ['bad00000'] });
  world.pushAt('2026-11-04T08:30:00.000Z', 'slow', { subject: 'Cache quotes \u001B[2J\u0007\u202Ein the box' });
  world.alarmAt('2026-11-04T20:00:00.000Z', 'eu-south-2/aggregate', 'ALARM');
  world.alarmAt('2026-11-04T20:30:00.000Z', 'eu-south-2/aggregate', 'OK');
  world.pushAt('2026-11-05T08:30:00.000Z', 'innocent');
  world.pushAt('2026-11-05T09:30:00.000Z', 'revert2', { removes: ['slow0000'] });
  await world.clock.run();
  return world.commits();
}

export const stateAfter = (commits: readonly Commit<Event>[]): ServiceState =>
  commits.flatMap((c) => c.events).reduce(evolve, initialState);

/** The state at that time, everything of that very time included. */
export const stateAt = (commits: readonly Commit<Event>[], time: string): ServiceState => stateAfter(commits.filter((c) => c.at <= time));
