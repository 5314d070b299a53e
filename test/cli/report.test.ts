import { stripVTControlCharacters } from 'node:util';
import color from 'picocolors';
import stringWidth from 'string-width';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Report, reportOf } from '../../cli/report.ts';
import { reportLines } from '../../cli/report-lines.ts';
import type { Event } from '../../domain/events.ts';
import type { Commit } from '../../domain/ports.ts';
import { TwoWaves, weekOf } from './week.ts';

const MINUTE = 60;
const HOUR = 3600;

let commits: readonly Commit<Event>[];
let report: Report;
beforeAll(async () => {
  commits = await weekOf(TwoWaves);
  report = reportOf(commits, 'application');
});

const release = (number: number) => report.releases[number - 1];
const until = (time: string) =>
  reportOf(
    commits.filter((c) => c.at <= time),
    'application',
  );

describe('of a release that went everywhere', () => {
  it('tells what it was and when it was where', () => {
    expect(release(1)).toMatchObject({
      release: 1,
      revision: 'good0000',
      commits: [{ sha: 'good0000', author: 'dev', subject: 'Show the price with tax' }],
      createdAt: '2026-11-02T09:00:00.000Z',
      builtAt: '2026-11-02T09:05:00.000Z',
      stages: [
        { stage: 'wave-1', enteredAt: '2026-11-02T09:05:00.000Z', promotedAt: '2026-11-03T01:25:00.000Z', leftAt: null },
        { stage: 'wave-2', enteredAt: '2026-11-03T09:00:00.000Z', promotedAt: '2026-11-03T20:35:00.000Z', leftAt: null },
      ],
      rollbacks: [],
      outcome: { kind: 'everywhere', at: '2026-11-03T20:35:00.000Z' },
    });
  });

  it('counts 11 steps of five minutes, an hour of bake each, 12 h and 4 h of the waves, and the night before the second', () => {
    expect(release(1)?.worked).toEqual({ building: 5 * MINUTE, deploying: 11 * 5 * MINUTE, baking: (11 + 12 + 4) * HOUR, goingBack: 0 });
    expect(release(1)?.waited).toEqual([{ on: 'window', seconds: 7 * HOUR + 35 * MINUTE }]);
  });

  it('counts time under two blockers once, under the one that stood longest in that wait', () => {
    // Behind release 1 from Monday 14:10 to Tuesday 01:25, the window closed from 16:10 (the look) to 09:00: the window stood longer.
    // Then a second night before wave 2, from Wednesday 00:15 to 09:00.
    expect(release(3)?.waited).toEqual([
      { on: 'window', seconds: 16 * HOUR + 50 * MINUTE + 8 * HOUR + 45 * MINUTE },
      { on: 'slot', seconds: 2 * HOUR },
    ]);
  });
});

describe('of a rollback', () => {
  it('tells the alarm, the value and the threshold, the step, the cells, and how long customers had it', () => {
    expect(release(2)?.rollbacks).toEqual([
      {
        stage: 'wave-1',
        beside: [],
        step: 'wave-1/one-box',
        reason: {
          kind: 'oneBoxAlarm',
          region: 'eu-south-2',
          arn: 'eu-south-2/oneBox',
          changedAt: '2026-11-02T10:45:00.000Z',
          measured: { alarm: 'High_Fault_Rate', metric: 'FaultRate', value: 12, threshold: 5, comparison: 'above' },
        },
        isQuarantined: true,
        // The alarm's event was lost: the next look, after 15 minutes of bake, noticed it. A box restarts in 20 s.
        startedAt: '2026-11-02T10:55:00.000Z',
        restoredAt: '2026-11-02T10:55:20.000Z',
        cells: 1,
        secondsToRestore: 10 * MINUTE + 20,
      },
    ]);
  });

  it('of a whole wave counts its cells, and the time until the last of four boxes a cell was back', () => {
    expect(release(4)?.rollbacks).toMatchObject([{ step: 'wave-1', cells: 4, secondsToRestore: 4 * 20 }]);
    expect(release(4)?.stages).toMatchObject([{ promotedAt: null, leftAt: '2026-11-04T20:01:20.000Z' }]);
    expect(release(4)?.worked.goingBack).toBe(4 * 20);
  });

  it('lets the release wait on its quarantine, and what contains it too', () => {
    expect(release(2)?.waited).toEqual([{ on: 'quarantine', seconds: 2 * HOUR + 9 * MINUTE + 40 }]);
    expect(release(5)?.waited).toEqual([{ on: 'quarantine', seconds: HOUR }]);
  });
});

describe('of any release', () => {
  it('accounts for every second from its creation to its end', () => {
    for (const { worked, waited, createdAt, outcome } of report.releases) {
      const counted = [...Object.values(worked), ...waited.map((w) => w.seconds)].reduce((a, b) => a + b, 0);
      expect(counted).toBe((Date.parse('at' in outcome ? outcome.at : '') - Date.parse(createdAt)) / 1000);
    }
  });

  it('that is still under way where the log ends says what it does, and counts up to there', () => {
    const early = until('2026-11-02T18:00:00.000Z');
    const last = commits.filter((c) => c.at <= '2026-11-02T18:00:00.000Z').at(-1)?.at ?? '';
    expect(early.releases[0]?.outcome).toEqual({ kind: 'underWay', status: 'stageBaking', step: 'wave-1/cells-3' });
    expect(early.releases[0]?.worked.baking).toBe(4 * HOUR + (Date.parse(last) - Date.parse('2026-11-02T13:25:00.000Z')) / 1000);
    expect(early.totals).toEqual({ releases: 3, everywhere: 0, superseded: 1, refused: 0, underWay: 2, rolledBack: 1 });
  });

  it('whose build failed says why it was refused', () => {
    const failed: Event = { type: 'BuildFailed', pipeline: 'application', release: 1, reason: 'its tests failed', log: 'build.log' };
    const created = commits.slice(0, 2);
    const refused = { ...commits[1], seq: 3, at: '2026-11-02T09:03:00.000Z', events: [failed] } as Commit<Event>;
    const { releases, totals } = reportOf([...created, refused], 'application');
    expect(releases[0]?.outcome).toEqual({ kind: 'refused', at: refused.at, reason: 'its tests failed', log: 'build.log' });
    expect(releases[0]?.worked.building).toBe(3 * MINUTE);
    expect(totals.refused).toBe(1);
  });
});

describe('the whole report', () => {
  it('adds up how the releases ended, and the virtual time', () => {
    expect(report.totals).toEqual({ releases: 6, everywhere: 3, superseded: 3, refused: 0, underWay: 0, rolledBack: 2 });
    expect(report.virtualSeconds).toBe(4 * 24 * HOUR + 11 * HOUR + 35 * MINUTE);
  });

  it('is plain JSON', () => {
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });

  it('of an empty log, or of a pipeline that is not in it, has no releases', () => {
    expect(reportOf([], 'application')).toMatchObject({ from: null, releases: [], virtualSeconds: 0 });
    expect(reportOf(commits, 'configuration').releases).toEqual([]);
    expect(reportLines(reportOf([], 'application'))).toEqual(['The log is empty.']);
  });
});

describe('in words', () => {
  const lines = (hasColors: boolean) => reportLines(report, color.createColors(hasColors));

  it('fits in 100 columns and lets no subject steer the terminal', () => {
    expect(Math.max(...lines(false).map((l) => stringWidth(l)))).toBeLessThanOrEqual(100);
    expect(lines(false).filter((l) => /[\p{Cc}\u202E]/u.test(l))).toEqual([]);
    expect(lines(false).join('\n')).toContain('Cache quotes  in the box');
  });

  it('wraps where it is told to', () => {
    const narrow = reportLines(report, color.createColors(false), 60);
    expect(Math.max(...narrow.map((l) => stringWidth(l)))).toBeLessThanOrEqual(60);
  });

  it('shows the newest of many commits', () => {
    const [first] = report.releases;
    const commits = Array.from({ length: 8 }, (_, i) => ({ sha: `sha${i}`, author: 'dev', subject: `change ${i}` }));
    const shown = reportLines({ ...report, releases: first ? [{ ...first, commits }] : [] }, color.createColors(false));
    expect(shown.slice(1, 8).map((l) => l.slice(16))).toEqual([
      '3 older, and',
      ...[3, 4, 5, 6, 7].map((i) => `sha${i} change ${i}`),
      'Mon 2026-11-02 09:00',
    ]);
  });

  it('says the same with colours', () => {
    expect(lines(true)).not.toEqual(lines(false));
    expect(lines(true).map(stripVTControlCharacters)).toEqual(lines(false));
  });

  it('tells what happened and on what it waited', () => {
    const text = lines(false).join('\n').replaceAll(/\s+/g, ' ');
    expect(text).toContain('wave-1 Mon 2026-11-02 09:05 promoted Tue 2026-11-03 01:25, after 16 h 20 min');
    expect(text).toContain('worked 1 d 4 h: 5 min building, 55 min deploying, 1 d 3 h baking');
    expect(text).toContain('out of wave-1: the aggregate alarm of eu-south-2 went off at Wed 2026-11-04 20:00: FaultRate 12, above 5');
    expect(text).toContain('4 cells, restored 1 min 20 s after the alarm, and quarantined');
    expect(text).toContain('superseded Thu 2026-11-05 09:35 by release 6, before wave-1/one-box');
    expect(text).toContain('6 releases: 3 everywhere, 3 superseded, 0 refused, 0 under way; rolled back 2.');
  });
});
