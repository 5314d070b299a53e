import { setTimeout } from 'node:timers/promises';
import type { Event } from '../domain/events.ts';
import type { Commit } from '../domain/ports.ts';
import { openLog } from './open-log.ts';

const POLL_MS = 200;

/** How the reading of a log came to its end: it was read whole, the reader was stopped, or the rehearsal that was followed is over. */
export type LogEnd = 'whole' | 'stopped' | 'ended' | 'died' | 'replaced';

export interface Following {
  readonly follow: boolean;
  readonly stop: AbortSignal;
}

/** Every commit of a log, and with `follow` those that are still to come until its rehearsal is over. Returns how it ended. */
export async function* commitsOf(path: string, { follow, stop }: Following): AsyncGenerator<Commit<Event>, LogEnd> {
  let opened = await openLog(path);
  const followed = follow && opened.isRunning;
  const { pid } = opened;
  let seq = 0;
  try {
    for (;;) {
      try {
        for await (const commit of opened.log.read(opened.stream, seq)) {
          yield commit as Commit<Event>;
          seq = commit.seq;
          if (stop.aborted) return 'stopped';
        }
        if (!followed) return 'whole';
        if (!opened.isRunning) return opened.pid === pid ? 'died' : 'ended';
        await setTimeout(POLL_MS, undefined, { signal: stop });
      } catch (error) {
        if (stop.aborted) return 'stopped';
        if (!opened.isRunning) throw error;
        // The rehearsal may be over. What it wrote since the last look is still to be read.
        await opened.close();
        opened = await openLog(path);
        if (opened.isRunning && opened.pid === pid) throw error;
        if (opened.isRunning && followed) return 'replaced';
      }
    }
  } finally {
    await opened.close();
  }
}
