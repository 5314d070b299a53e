import color from 'picocolors';
import type { LogEvent } from '../domain/line-events.ts';
import type { Commit } from '../domain/ports.ts';
import { commitsOf, type Following, type LogEnd } from '../local/follow-log.ts';
import { oneLine } from './board-text.ts';
import { print } from './print.ts';
import { toldLogEvent } from './told-commit.ts';
import { eventLines } from './watching.ts';
import { shownTime } from './words.ts';

export interface LogOptions {
  readonly data: string;
  readonly json?: boolean;
  readonly follow?: boolean;
}

/** `groundswell log`: on standard output the events alone; on standard error, when it followed, how it ended. */
export async function printLog({ data, json = false, follow = false }: LogOptions): Promise<void> {
  const stop = new AbortController();
  const interrupt = () => stop.abort();
  process.once('SIGINT', interrupt);
  try {
    await print(logLines(data, { follow, stop: stop.signal }, json ? eventLines : toldLines(), (end) => process.stderr.write(`${end}\n`)));
  } finally {
    process.off('SIGINT', interrupt);
  }
}

/** Events in words; from the second pipeline of the service on, each release is told with its own. */
function toldLines(): (commit: Commit<LogEvent>) => readonly string[] {
  const pipelines = new Set<string>();
  return ({ stream, at, events }) => {
    for (const event of events) if (event.type === 'PipelineDefined') pipelines.add(event.pipeline);
    return events.map((event) => `${color.dim(shownTime(at))}  ${oneLine(toldLogEvent(stream, event, pipelines.size > 1))}`);
  };
}

/** The lines of a log. `tellEnd` gets why nothing follows any more. */
export async function* logLines(
  data: string,
  following: Following,
  linesOf: (commit: Commit<LogEvent>) => readonly string[],
  tellEnd: (end: string) => void,
): AsyncGenerator<string> {
  const commits = commitsOf(data, following);
  try {
    for (;;) {
      const next = await commits.next();
      if (next.done) {
        const end = toldEnd(next.value, following.follow);
        if (end !== null) tellEnd(end);
        return;
      }
      yield* linesOf(next.value);
    }
  } finally {
    await commits.return('stopped');
  }
}

function toldEnd(end: LogEnd, follow: boolean): string | null {
  switch (end) {
    case 'ended':
      return 'The rehearsal has ended.';
    case 'died':
      return 'The rehearsal was killed before its end. Started again with the same --data, it goes on.';
    case 'replaced':
      return 'The rehearsal is over, and another process has taken its folder: follow it again.';
    case 'whole':
      return follow ? 'No rehearsal is running there: nothing follows.' : null;
    case 'stopped':
      return null;
    default:
      return end satisfies never;
  }
}
