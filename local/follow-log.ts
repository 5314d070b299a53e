import { setTimeout } from 'node:timers/promises';
import type { LogEvent } from '../domain/line-events.ts';
import type { Commit } from '../domain/ports.ts';
import { type OpenedLog, openLog } from './open-log.ts';
import { inOrder } from './streams.ts';

const POLL_MS = 200;

/** How the reading of a log came to its end: it was read whole, the reader was stopped, or the rehearsal that was followed is over. */
export type LogEnd = 'whole' | 'stopped' | 'ended' | 'died' | 'replaced';

export interface Following {
  readonly follow: boolean;
  readonly stop: AbortSignal;
}

/** Every commit of a log, on whichever stream, and with `follow` those that are still to come until its rehearsal is over. Returns how it ended. */
export async function* commitsOf(path: string, { follow, stop }: Following): AsyncGenerator<Commit<LogEvent>, LogEnd> {
  let opened = await openLog(path);
  const followed = follow && opened.isRunning;
  const { pid } = opened;
  const newest = new Map<string, number>();
  try {
    for (;;) {
      try {
        for (const commit of await newIn(opened, newest)) {
          yield commit;
          newest.set(commit.stream, commit.seq);
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

async function newIn({ log, streams }: OpenedLog, newest: ReadonlyMap<string, number>): Promise<readonly Commit<LogEvent>[]> {
  const found: Commit<LogEvent>[] = [];
  for (const stream of [...streams.lines, streams.service])
    for await (const commit of log.read(stream, newest.get(stream))) found.push(commit as Commit<LogEvent>);
  return inOrder(found, streams);
}
