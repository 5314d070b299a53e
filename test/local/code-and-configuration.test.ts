import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { historyOf } from '../../cli/history.ts';
import { reportOf } from '../../cli/report.ts';
import { reportLines } from '../../cli/report-lines.ts';
import { jsonLines } from '../../cli/watching.ts';
import { whyLines } from '../../cli/why.ts';
import type { Event, EventType } from '../../domain/events.ts';
import type { Commit } from '../../domain/ports.ts';
import { CONFIGURATION } from '../../examples/configuration-history/history.ts';
import { readLog } from '../../local/open-log.ts';
import type { Observer } from '../../local/rehearsal.ts';
import { rehearse } from '../../local/rehearse.ts';
import { checkLog } from '../../scripts/check-log/check.ts';
import { boxesIn, eventsOf, optionsFor, unseen, workplaceOf } from './rehearsals.ts';

const [INNOCENT, FAILING, REVERT] = [1, 1, 2] as const;
const START = '2026-11-16T08:00:00.000Z';

let place: Awaited<ReturnType<typeof workplaceOf<string>>>;
let story: readonly Commit<Event>[];
let data: string;
const lines: string[] = [];
beforeAll(async () => {
  place = await workplaceOf(CONFIGURATION);
  const { commit } = jsonLines((line) => lines.push(line));
  const rehearsed = await rehearse(optionsFor(place, 'code-and-configuration', { start: START, observer: { ...unseen, commit } }));
  expect(rehearsed).toMatchObject({ outcome: 'everything ended', waiting: [] });
  story = rehearsed.commits;
  data = rehearsed.folder;
}, 60_000);
afterAll(() => place.remove());

const of = <T extends EventType>(pipeline: string, type: T, commits = story) =>
  eventsOf(commits, type).filter((e) => 'pipeline' in e && e.pipeline === pipeline);
const WENT_OFF = '2026-11-16T13:02:00.000Z';

describe('an innocent release of the code and a bad one of the configuration, in one Region', () => {
  it('are of the commits that touch their paths', () => {
    const { commits } = place;
    const created = eventsOf(story, 'ReleaseCreated').map((e) => [e.pipeline, e.release, e.revision, e.revisions.map((r) => r.sha)]);
    expect(created).toEqual([
      ['application', INNOCENT, commits.innocent, [commits.innocent]],
      ['configuration', FAILING, commits.failing, [commits.failing]],
      ['configuration', REVERT, commits.failingReverted, [commits.failingReverted]],
    ]);
    const baselines = eventsOf(story, 'PipelineDefined').map((e) => e.baseline);
    expect(baselines).toEqual([commits.carrierOfTheHour, commits.baseline]);
  });

  it('are both past their one-box when the Region’s alarm goes off by real requests, and both leave, with a shared cause and no quarantine', () => {
    for (const [pipeline, beside] of [
      ['application', 'FrontEndApi/configuration'],
      ['configuration', 'FrontEndApi/application'],
    ] as const) {
      expect(of(pipeline, 'ReleasePromoted')[0]).toMatchObject({ scope: 'wave-1/one-box' });
      expect(of(pipeline, 'RollbackStarted')[0]).toMatchObject({
        stage: 'wave-1',
        cause: 'shared',
        beside: [beside],
        returns: true,
        reason: { kind: 'alarm', region: 'eu-south-2', changedAt: WENT_OFF, measured: { metric: 'FaultRate', threshold: 5 } },
      });
    }
    expect(eventsOf(story, 'AlarmRaised')).toHaveLength(1);
  });

  it('give each cell back what that pipeline had there', () => {
    const backAt = (pipeline: string) => of(pipeline, 'ReleaseRolledBack')[0]?.leftAt ?? '';
    for (const pipeline of ['application', 'configuration']) {
      const boxes = Object.values(boxesIn(data, backAt(pipeline), pipeline));
      expect(boxes.length).toBeGreaterThan(4);
      for (const version of boxes) expect(version.release).toBe(0);
    }
  });

  it('come back one at a time: the configuration fails again, alone, and is quarantined; the code goes everywhere', () => {
    const [, second, ...more] = of('configuration', 'RollbackStarted');
    expect(more).toEqual([]);
    expect(second).toMatchObject({ release: FAILING, cause: 'own', beside: [], returns: false });
    expect(of('configuration', 'ReleaseQuarantined')).toMatchObject([{ release: FAILING, verdict: 'own' }]);
    const [, back] = of('configuration', 'ReleaseRolledBack');
    const returned = of('application', 'StepEntered').filter((e) => e.enteredAt > WENT_OFF);
    expect(returned[0]?.step).toBe('wave-1/one-box');
    expect((returned[0]?.enteredAt ?? '') >= (back?.leftAt ?? '9')).toBe(true);
    expect(of('application', 'StepBlocked').flatMap((e) => e.blockers)).toContainEqual({
      kind: 'turn',
      service: 'FrontEndApi',
      pipeline: 'configuration',
      release: FAILING,
    });
    expect(of('application', 'ReleaseQuarantined')).toEqual([]);
    expect(of('application', 'ReleaseCompleted')).toMatchObject([{ release: INNOCENT }]);
  });

  it('are followed by the revert of the configuration, which is everywhere at the end, on every box beside the code', () => {
    expect(of('configuration', 'ReleaseCompleted')).toMatchObject([{ release: REVERT }]);
    for (const [pipeline, release] of [
      ['application', INNOCENT],
      ['configuration', REVERT],
    ] as const) {
      const boxes = Object.values(boxesIn(data, '9999', pipeline));
      expect(boxes).toHaveLength(13);
      for (const version of boxes) expect(version.release).toBe(release);
    }
  });

  it('never change a Region at once, and break no other invariant that the log can show', async () => {
    expect(await checkLog(lines, { isComplete: true })).toMatchObject({ streams: 3, violations: [] });
  });
});

describe('what `why` and the report say of them', () => {
  const why = (pipeline: string, release: number, until = '9999') =>
    whyLines(
      historyOf(
        story.filter((c) => c.at <= until),
        `orders/FrontEndApi/${pipeline}`,
      ),
      `${release}`,
    ).map(stripVTControlCharacters);

  it('of the innocent: it left beside another, was not quarantined, and came back', () => {
    expect(why('application', INNOCENT)).toEqual([
      'application release 1',
      expect.stringContaining('"Say in an order when it was cancelled" by Amara Lindoye'),
      '',
      'It was rolled back out of wave-1 Mon 2026-11-16 13:02:',
      expect.stringMatching(
        /^ {2}the aggregate alarm of eu-south-2 went off at Mon 2026-11-16 13:02: FaultRate [\d.]+, above 5 \(High_Fault_Rate\)\.$/,
      ),
      '  The cause is shared: FrontEndApi/configuration had something there, too, that was not promoted yet.',
      expect.stringMatching(/^ {2}Taken back: eu-south-2\/one-box, .* after the alarm went off\.$/),
      '  It was not quarantined: it comes back by itself when the alarms have been OK for a while, one release of the team after the other.',
      expect.stringMatching(/^It is everywhere since /),
      'To take it back wherever it runs, at once: groundswell rollback application/1 --everywhere --reason "..."',
    ]);
  });

  it('of the innocent while it waits for its turn: for whom, and that nobody needs to do anything', () => {
    expect(why('application', INNOCENT, '2026-11-16T13:41:00.000Z')).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^- FrontEndApi configuration release 1, which comes back first: .*, since Mon 2026-11-16 13:40$/),
        '  Nobody needs to do anything: it is over when that release is promoted out of its wave or leaves it.',
      ]),
    );
  });

  it('of the guilty: it left beside another, failed again alone, and what reverts it', () => {
    expect(why('configuration', FAILING, '2026-11-16T14:00:00.000Z')).toEqual(
      expect.arrayContaining([
        '  The cause is shared: FrontEndApi/application had something there, too, that was not promoted yet.',
        expect.stringMatching(/^ {2}the one-box alarm of eu-south-2 went off at Mon 2026-11-16 13:\d\d: FaultRate /),
        '  It was quarantined.',
        expect.stringMatching(/^ {2}It does not hold a release that reverts .*"Leave the afternoon to the coach", or has a commit with/),
      ]),
    );
  });

  it('in the report each under its pipeline', () => {
    const shown = reportLines(['application', 'configuration'].map((name) => reportOf(story, name))).map(stripVTControlCharacters);
    const text = shown.join(' ').replaceAll(/\s+/g, ' ');
    expect(text).toContain('(shared cause: FrontEndApi/configuration had something unpromoted there too) 4 cells, restored');
    expect(text).toContain('application: 1 release: 1 everywhere, 0 superseded, 0 refused, 0 under way; rolled back 1.');
    expect(text).toContain('configuration: 2 releases: 1 everywhere, 1 superseded, 0 refused, 0 under way; rolled back 1.');
  });
});

describe('the same, ended while the configuration is being put on boxes', () => {
  it('is gone on with, both layers of every box as they were', async () => {
    const stop = new AbortController();
    const stopOnceThere: Observer['commit'] = ({ events }) => {
      if (events.some((e) => e.type === 'BatchDeployed' && e.pipeline === 'configuration' && e.cell === 'eu-south-2/eu-south-2b'))
        stop.abort();
    };
    const options = optionsFor(place, 'code-and-configuration', { start: START, data: `${data}-ended` });
    const interrupted = await rehearse({ ...options, observer: { ...unseen, commit: stopOnceThere }, signal: stop.signal });
    expect(interrupted.outcome).toBe('interrupted');
    expect(of('configuration', 'DeploymentSucceeded', interrupted.commits).map((e) => e.cell)).not.toContain('eu-south-2/eu-south-2b');
    const resumed = await rehearse(options);
    expect(resumed.outcome).toBe('everything ended');
    expect((await readLog(resumed.folder)).record.pipelines).toEqual([
      'orders/FrontEndApi/application',
      'orders/FrontEndApi/configuration',
    ]);
    const outcomesOf = (commits: readonly Commit<Event>[]) =>
      commits.flatMap((c) => c.events.filter((e) => e.type === 'ReleasePromoted' || e.type === 'RollbackStarted').map((e) => [c.at, e]));
    expect(outcomesOf(resumed.commits)).toEqual(outcomesOf(story));
  }, 60_000);
});
