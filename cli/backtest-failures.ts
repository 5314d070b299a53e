import type { Caught, Failure, OtherAlarm } from '../domain/backtest/backtest-failures.ts';
import { oneLine } from './board-text.ts';
import { shownTime, toldMeasurement } from './words.ts';

/** A failure, where the release would have been, and what the other policy's alarm says of the value. */
export function failureLines(failure: Failure): readonly string[] {
  const { stage, showedAt, cause, measured, alarm, isSure, scope } = failure;
  const what = cause === 'deployment' ? 'a deployment that failed' : `${oneLine(toldMeasurement(measured))}`;
  return [
    `rolled back out of ${scope === stage ? `the whole of ${stage}` : scope}: ${what}, ${shownTime(showedAt)}`,
    ...[
      toldAlarm(alarm),
      toldVerdict(failure),
      isSure ? '' : `it would have come to ${scope} at another time: when the failure would have shown is not in the log`,
    ]
      .filter((line) => line !== '')
      .map((line) => `  ${line}`),
  ];
}

function toldAlarm(alarm: OtherAlarm): string {
  switch (alarm.kind) {
    case 'same':
      return '';
    case 'notByThis':
      return `that value would not have set the alarm off: its threshold is ${alarm.threshold}. Whether a later one would have is not in the log`;
    case 'absent':
      return 'the other policy has no such alarm';
    case 'other':
      return 'the other policy’s alarm looks at something else or for another time: whether it would have gone off is not in the log';
    case 'untold':
      return 'no value was recorded: what the other policy’s alarm would have said is not in the log';
    default:
      return alarm satisfies never;
  }
}

function toldVerdict({ verdict, scope, otherScope, stage }: Failure): string {
  switch (verdict) {
    case 'same':
      return '';
    case 'laterStep':
      return `it would have been further by then, at ${otherScope}: more cells would have gone back`;
    case 'afterPromotion':
      return `it would have been promoted out of ${stage} before${otherScope === stage ? '' : `, and been at ${otherScope} by then`}: nothing would have taken it back in ${stage}`;
    case 'notYet':
      return otherScope === null
        ? `it would not have entered ${scope} by then`
        : `it would have been no further than ${otherScope} by then`;
    default:
      return verdict satisfies never;
  }
}

/** An alarm that took it out only by the other policy. */
export const toldCaught = ({ scope, changedAt, region, measured, isSure }: Caught): string =>
  `would have been rolled back ${shownTime(changedAt)}, still at ${scope}: the aggregate alarm of ${region} went off, ${oneLine(toldMeasurement(measured))}${isSure ? '' : '; it would have come there at another time, so that the alarm may have come from elsewhere'}`;
