import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { historyOf } from '../../cli/history.ts';
import { reportOf } from '../../cli/report.ts';
import { reportLines } from '../../cli/report-lines.ts';
import { statusLines } from '../../cli/status.ts';
import { toldEvent } from '../../cli/words.ts';
import { pipelineOf } from '../domain/story.ts';
import { LoggedStory } from './logged-story.ts';

const R1 = 'eu-west-1';

/** Release 1 waits, and ada lets it in against the alarm. */
function overridden(): LoggedStory {
  const s = new LoggedStory(pipelineOf([[R1]]));
  s.alarm(R1, 'ALARM');
  s.arrives(1).enters(1).overrides(1, 'alarm');
  return s;
}
const ALARM = 'the aggregate alarm of eu-west-1: FaultRate 12, above 5 (High_Fault_Rate)';

describe('who let a release pass what', () => {
  it('is in the log, at the override and at the entry', () => {
    const s = overridden();
    s.enters(1);
    const told = s.commits.flatMap((c) => c.events).map((e) => toldEvent(e));
    expect(told).toContain(`ada lets release 1 enter wave-1/one-box until Mon 2026-11-02 10:00 against ${ALARM}: it mends the outage`);
    expect(told).toContain(`release 1 enters wave-1/one-box against ${ALARM}, as was decided`);
  });

  it('is in the status of a release in flight', () => {
    const lines = statusLines(historyOf(overridden().commits, 'team/service/application')).map(stripVTControlCharacters);
    expect(lines).toContain(`      ada lets it pass ${ALARM}, until Mon 2026-11-02 10:00 (it mends the outage).`);
  });

  it('is in the report, for whoever asks later', () => {
    const s = overridden();
    s.enters(1);
    const report = reportOf(s.commits, 'application');
    expect(report.releases[0]?.overrides).toMatchObject([{ step: 'wave-1/one-box', overriddenBy: 'ada', blocker: { kind: 'alarm' } }]);
    const lines = reportLines(report, undefined, 200).map(stripVTControlCharacters).join('\n');
    expect(lines).toContain(`before wave-1/one-box by ada, until Mon 2026-11-02 10:00: ${ALARM} (it mends the outage)`);
  });
});
