import color from 'picocolors';
import type { Lack } from '../domain/events.ts';
import { policyOf } from '../domain/pipeline/route.ts';
import type { ReleaseState } from '../domain/state.ts';
import { toldLack } from '../functions/paging.ts';
import { oneLine } from './board-text.ts';
import { eventsOf } from './history.ts';
import { toldDemands } from './told-release.ts';
import type { Asked } from './why-blockers.ts';
import { shownDuration, shownTime, toldAnomaly } from './words.ts';

function wayOut(lack: Lack): string {
  switch (lack.kind) {
    case 'dataPoints':
      return 'Requests: it passes at the look that has counted enough. Where there will be none, whoever owns the pipeline asks for fewer.';
    case 'health':
      return 'Nobody needs to do anything: it passes once no alarm has changed for that long.';
    case 'noData':
      return 'Whoever mends the alarm or its metric: it must be there and have data.';
    case 'standardMetrics':
      return 'Whoever mends the way to the metrics: they must be readable.';
    default:
      return lack satisfies never;
  }
}

/** What keeps a bake from passing, who was asked, and what its looks found. */
export function bakeLines(asked: Asked, release: ReleaseState): readonly string[] {
  const { bake, number } = release;
  if (bake === null) return [];
  const demands = toldDemands(asked.pipeline, release);
  const { lacks } = bake;
  return [
    ...(lacks.length === 0 && bake.found === null
      ? [`Nobody needs to do anything: it is promoted when its time is over, with ${demands}.`]
      : [`It is promoted when its time is over, with ${demands}.`]),
    ...lacks.flatMap((lack) => [color.yellow(`- It is held open: ${oneLine(toldLack(lack))}.`), `  ${wayOut(lack)}`]),
    ...findingLines(asked, number, bake.startedAt),
  ];
}

/** The anomalies that the bake it is in has found. */
const findingLines = ({ history }: Asked, number: number, startedAt: string): readonly string[] =>
  eventsOf(history, number, 'AnomaliesFound')
    .filter(({ event }) => event.lookedAt >= startedAt)
    .flatMap(({ at, event }) => {
      const then = event.mode === 'record' ? 'this is only recorded' : `${event.looks} in a row, ${event.atMost} may find it`;
      return event.anomalies.map((a) => color.yellow(`- Far from normal, found ${shownTime(at)} (${then}): ${oneLine(toldAnomaly(a))}.`));
    });

/** What could not be read at the last look, and the page that was asked for since it last moved. */
export function openLines({ history, pipeline }: Asked, { number, unread, page }: ReleaseState): readonly string[] {
  const failed = unread === null ? undefined : eventsOf(history, number, 'ReadingFailed').at(-1)?.event;
  const asked = page === null ? undefined : eventsOf(history, number, 'PageRequested').at(-1);
  const { errorLimit } = policyOf(pipeline).health;
  return [
    ...(failed === undefined
      ? []
      : [
          color.yellow(`Not to be read: ${oneLine(failed.unread.map((u) => u.name).join(', '))}.`),
          failed.errors > errorLimit
            ? `  After ${failed.errors} readings in a row it is inconclusive: it is read at every look, and nothing is promoted meanwhile.`
            : `  It is read again every three minutes: ${failed.errors} of ${errorLimit} failures in a row are borne.`,
        ]),
    ...(asked === undefined
      ? []
      : [
          `A person was asked ${shownTime(asked.at)}: it had waited ${shownDuration(asked.event.waitedSeconds)}, ${shownDuration(asked.event.atMostSeconds)} at most.${page?.isSent ? '' : ' The page is not out yet.'}`,
        ]),
  ];
}
