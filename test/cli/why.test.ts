import { stripVTControlCharacters } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { historyOf } from '../../cli/history.ts';
import { whyLines } from '../../cli/why.ts';
import type { Event } from '../../domain/events.ts';
import { compile } from '../../domain/pipeline/compile.ts';
import { wavesOf } from '../../domain/pipeline/waves.ts';
import type { Commit } from '../../domain/ports.ts';
import { ArticlePipeline } from '../domain/article-pipeline.ts';
import { pipelineOf } from '../domain/story.ts';
import { LoggedStory } from './logged-story.ts';
import { TwoWaves, weekOf } from './week.ts';

const plain = (lines: readonly string[]) => lines.map(stripVTControlCharacters);

describe('in the example’s week, why', () => {
  let week: readonly Commit<Event>[];
  beforeAll(async () => {
    week = await weekOf(TwoWaves);
  });
  const why = (release: string, at: string) =>
    plain(
      whyLines(
        historyOf(
          week.filter((c) => c.at <= at),
          'orders/FrontEndApi/application',
        ),
        release,
      ),
    );

  it('says how far a bake is, what it asks for, and what may come when', () => {
    expect(why('1', '2026-11-02T10:55:00.000Z')).toEqual([
      'release 1',
      '  good0000 "Show the price with tax" by dev, Mon 2026-11-02 09:00',
      '',
      'Since Mon 2026-11-02 10:15 it bakes wave-1/cells-1: 40 min of 1 h, until Mon 2026-11-02 11:15 at the earliest.',
      'Nobody needs to do anything: it is promoted when its time is over, with 10 min of health without a change.',
      'It may enter wave-1/cells-2 Mon 2026-11-02 11:15 at the earliest.',
      // Wave 1 is promoted on Tuesday 01:25. Wave 2 begins at 09:00: seven steps of 65 minutes, 16:00 not reached before the last, and 4 h.
      'It may be everywhere Tue 2026-11-03 20:35 at the earliest.',
      'To take it back out of wave-1 at once: groundswell rollback 1 --reason "..."',
      'As of Mon 2026-11-02 10:55 UTC, the newest time in the log.',
    ]);
  });

  it('tells at the build already when everything would be where', () => {
    expect(why('1', '2026-11-02T09:00:00.000Z').slice(3)).toEqual([
      'Since Mon 2026-11-02 09:00 it is being built.',
      'It may enter wave-1/one-box Mon 2026-11-02 09:00 at the earliest.',
      'It may be everywhere Tue 2026-11-03 20:35 at the earliest.',
      'As of Mon 2026-11-02 09:00 UTC, the newest time in the log.',
    ]);
  });

  it('names the quarantine that holds the innocent release, what a fix must undo, and who carries it', () => {
    const quarantine = [
      '- the quarantine of release 4, without its fix, since Thu 2026-11-05 08:35',
      expect.stringMatching(
        /^ {2}It does not hold a release that reverts slow0000 "Cache quotes .*in the box", or has a commit with the trailer "Fixes-Release: 4"\.$/,
      ),
    ];
    expect(why('5', '2026-11-05T08:59:00.000Z').slice(3)).toEqual([
      'Since Thu 2026-11-05 08:35 it waits before wave-1/one-box for',
      ...quarantine,
      '  A person may lift it: groundswell lift 4 --reason "..."',
      '- the time window that opens Thu 2026-11-05 09:00, since Thu 2026-11-05 08:35',
      '  Nobody needs to do anything: deployments may start again Thu 2026-11-05 09:00.',
      '  A person may let it pass: groundswell override 5 --blocker window --reason "..." --until <instant>',
      'It does not go on before the quarantine is lifted. A newer release that carries the fix may go, and supersedes it.',
      'As of Thu 2026-11-05 08:35 UTC, the newest time in the log.',
    ]);
    const later = why('5', '2026-11-05T09:30:00.000Z');
    expect(later).toContain('- the quarantine of release 4, without its fix, since Thu 2026-11-05 08:35');
    expect(later).toContain('  Release 6 carries its fix.');
  });

  it('says of a release that was rolled back by which value over which threshold, and when all was back', () => {
    expect(why('2', '2026-11-02T12:00:00.000Z').slice(3, 8)).toEqual([
      'It was rolled back out of wave-1 Mon 2026-11-02 10:55:',
      '  the one-box alarm of eu-south-2 went off at Mon 2026-11-02 10:45: FaultRate 12, above 5 (High_Fault_Rate).',
      '  Taken back: eu-south-2/one-box. All was back Mon 2026-11-02 10:55, 10 min 20 s after the alarm went off.',
      '  It was quarantined.',
      'It is quarantined, with every release that contains it.',
    ]);
    expect(why('2', '2026-11-02T10:55:00.000Z')).toContain('  Taken back: eu-south-2/one-box. It is not all back yet.');
  });

  it('says how a release ended, long after the state has forgotten it', () => {
    expect(why('1', '2026-12-01').slice(3)).toEqual(['It is everywhere since Tue 2026-11-03 20:35.']);
    expect(why('5', '2026-12-01').slice(3)).toEqual([
      'From Thu 2026-11-05 09:00 it waited before wave-1/one-box for the quarantine of release 4, without its fix.',
      'It was superseded before wave-1/one-box by release 6, which contains it, Thu 2026-11-05 09:35.',
      '  Release 6 is everywhere: groundswell why 6',
    ]);
    expect(why('2', '2026-12-01')).toContain('  Release 3 is everywhere: groundswell why 3');
  });

  it.each(['7', 'five', '', '1.5', '-1', '01'])('refuses %j, and lists the releases', (given) => {
    expect(() => why(given, '2026-12-01')).toThrow(`release: '${given}'; expected one of 1, 2, 3, 4, 5, 6`);
  });

  it('refuses any release while there is none', () => {
    expect(() => why('1', '2026-11-01')).toThrow("release: '1'; expected a release, and there is none in the log yet");
  });
});

describe('why a release does not go on', () => {
  const R1 = 'eu-west-1';
  const R2 = 'us-east-1';
  const story = (regions: readonly (readonly string[])[] = [[R1]], cells: readonly string[] = ['A']) =>
    new LoggedStory(pipelineOf(regions, cells));
  const why = (s: LoggedStory, release: number) => plain(whyLines(historyOf(s.commits, 'team/service/application'), `${release}`)).slice(3);

  it('a slot: which release is in it, until when it stays, and when that may be', () => {
    const s = story().arrives(1).enters(1).deploys(1).arrives(2).enters(2);
    expect(why(s, 2)).toEqual([
      'Since Mon 2026-11-02 09:00 it waits before wave-1/one-box for',
      '- release 1, which holds wave-1/one-box, since Mon 2026-11-02 09:00',
      '  Release 1 keeps it until it enters the cells of wave-1, or leaves wave-1.',
      '  Release 1 bakes wave-1/one-box: 4 s of 1 h, until Mon 2026-11-02 10:00 at the earliest.',
      'It may enter wave-1/one-box Mon 2026-11-02 10:00 at the earliest.',
      // Its cell waits until release 1 is promoted, on Monday 23:05: a cell (5 min, 1 h) and the wave's 12 h. Then the same for itself.
      'It may be everywhere Tue 2026-11-03 12:10 at the earliest.',
      'As of Mon 2026-11-02 09:00 UTC, the newest time in the log.',
    ]);
  });

  it('the slot of the cells: not before the whole wave is promoted', () => {
    const s = story([[R1]], ['A', 'B'])
      .arrives(1)
      .goesThrough(1)
      .enters(1)
      .deploys(1)
      .arrives(2)
      .goesThrough(2)
      .enters(2);
    const bakes = s.release(1).bake;
    expect(why(s, 2)).toContain('- release 1, which holds wave-1/body, since Mon 2026-11-02 11:20');
    expect(why(s, 2)).toContain('  Release 1 keeps it until it is promoted out of the whole of wave-1, or leaves it.');
    // The end of the first cell's bake has passed: at once the second (5 min, 1 h), then the wave's 12 h.
    expect(bakes?.endsAt.slice(0, 16)).toBe('2026-11-02T11:10');
    expect(why(s, 2)).toContain('It may enter wave-1/cells-1 Tue 2026-11-03 00:25 at the earliest.');
  });

  it('a slot whose holder waits too: what that waits for', () => {
    const s = story().arrives(1).goesThrough(1);
    s.do({ type: 'HoldPipeline', pipeline: 'application', reason: 'the audit', heldBy: 'Ines' });
    s.enters(1).arrives(2).enters(2);
    const lines = why(s, 2);
    expect(lines).toContain('- the hold by Ines (the audit), since Mon 2026-11-02 10:10');
    expect(lines).toContain('  It stands until a person resumes the pipeline (groundswell resume --reason "...").');
    const holder = lines.indexOf('  Release 1 waits before wave-1/cells-1 for');
    expect(lines.slice(holder + 1, holder + 3)).toEqual([
      '    - the hold by Ines (the audit), since Mon 2026-11-02 10:10',
      '      It stands until a person resumes the pipeline (groundswell resume --reason "...").',
    ]);
    expect(lines.find((l) => l.startsWith('It may enter'))).toMatch(/at the earliest, if what somebody must do is done by then\.$/);
  });

  it('a hold while it bakes, since it stops what comes next', () => {
    const s = story().arrives(1).enters(1).deploys(1);
    s.do({ type: 'HoldPipeline', pipeline: 'application', reason: 'the audit', heldBy: 'Ines' });
    expect(why(s, 1)).toContain(
      'The pipeline is held by Ines (the audit), until a person resumes the pipeline (groundswell resume --reason "...").',
    );
  });

  it('a cell that could not be taken back: which, and that resuming tries again', () => {
    const s = story().arrives(1).enters(1);
    s.failsOn(1, `${R1}/one-box`);
    const epoch = s.pipeline.cells[`${R1}/one-box`]?.epoch ?? 0;
    s.do({ type: 'FailCellBack', pipeline: 'application', release: 1, cell: `${R1}/one-box`, epoch, text: 'no capacity' });
    const lines = why(s, 1);
    expect(lines).toContain('  the deployment to eu-west-1/one-box failed: sick.');
    expect(lines).toContain(
      'Since Mon 2026-11-02 09:00 it goes back out of wave-1: done on 0 of 1 cell, and eu-west-1/one-box could not be taken back.',
    );
    expect(lines.join('\n')).toMatch(
      /held by groundswell .*until a person resumes the pipeline \(groundswell resume --reason "..."\); eu-west-1\/one-box, which could not be taken back, then goes back again\./,
    );
    expect(lines.join('\n')).not.toMatch(/may enter|everywhere/);
  });

  it('an alarm: that a person may let it pass, and by which command; then who did, until when and why', () => {
    const s = story();
    s.alarm(R1, 'ALARM');
    s.arrives(1).enters(1);
    expect(why(s, 1).slice(1, 4)).toEqual([
      '- the aggregate alarm of eu-west-1: FaultRate 12, above 5 (High_Fault_Rate), since Mon 2026-11-02 09:00',
      '  Whoever mends the service: the alarm must be OK again.',
      '  A person may let it pass: groundswell override 1 --blocker alarm --reason "..." --until <instant>',
    ]);
    s.overrides(1, 'alarm');
    s.enters(1);
    expect(why(s, 1)).toContain(
      'ada lets it pass the aggregate alarm of eu-west-1: FaultRate 12, above 5 (High_Fault_Rate), until Mon 2026-11-02 10:00 (it mends the outage).',
    );
  });

  it('the hours of the staff, a freeze that some may pass, the maximum of a window: what ends each, and when it may enter', () => {
    const hours = { zone: 'UTC', days: [1, 2, 3, 4, 5], from: '08:00', to: '10:00', holidays: [] };
    const freeze = { reason: 'a sale', from: '2026-11-02T00:00:00Z', to: '2026-11-02T12:00:00Z' };
    class Careful extends ArticlePipeline {
      override waves = wavesOf([R1]);
      override windows = { ...hours, to: '18:00' };
      override staffed = [hours];
      override maxDeploymentsPerWindow = 1;
      override freezes = [{ ...freeze, responders: ['ada', 'bob'] }];
    }
    const s = new LoggedStory(compile(Careful)).arrives(1).enters(1);
    expect(why(s, 1).slice(1, 5)).toEqual([
      '- the freeze until Mon 2026-11-02 12:00 (a sale), since Mon 2026-11-02 09:00',
      '  Nobody needs to do anything: it ends by itself. Nobody needs to do anything: deployments may start again Mon 2026-11-02 12:00.',
      '  Only ada and bob may let it pass: groundswell override 1 --blocker freeze --reason "..." --until <instant>',
      '- the hours of the staff: it would end Mon 2026-11-02 10:05, people are there until Mon 2026-11-02 10:00; it may start Tue 2026-11-03 08:00 at the earliest, since Mon 2026-11-02 09:00',
    ]);
    expect(why(s, 1)).toContain('It may enter wave-1/one-box Tue 2026-11-03 08:00 at the earliest.');
    s.overrides(1, 'staffed', { person: 'eve', until: '2026-11-02T12:00:00.000Z' });
    expect(why(s, 1)).toContain('It may enter wave-1/one-box Tue 2026-11-03 08:00 at the earliest.');
    s.overrides(1, 'freeze', { person: 'bob', until: '2026-11-02T12:00:00.000Z' });
    expect(why(s, 1)).toContain('It may enter wave-1/one-box Mon 2026-11-02 09:00 at the earliest.');
  });

  it('a newer one that goes first, and will supersede it', () => {
    const s = story().arrives(1).arrives(2);
    s.alarm(R1, 'ALARM');
    s.enters(2).enters(1);
    const lines = why(s, 1);
    expect(lines).toContain('  Nobody needs to do anything: when release 2 enters, it supersedes release 1.');
    expect(lines).toContain('  Release 2 waits before wave-1/one-box for');
    expect(lines).toContain('      Whoever mends the service: the alarm must be OK again.');
    expect(lines.join('\n')).not.toMatch(/may enter/);
  });

  it('alarms that must settle, for one that left unmarked and comes back', () => {
    const s = story().arrives(1).goesThrough(1).enters(1).deploys(1).arrives(2).enters(2).deploys(2);
    const went = s.alarm(R1, 'ALARM');
    s.hears(R1, went);
    s.goesBack();
    expect(s.release(1).status).toBe('waiting');
    s.alarm(R1, 'OK');
    s.enters(1);
    const lines = why(s, 1);
    expect(lines).toContain('  It was not quarantined.');
    expect(lines).toContain('  Nobody needs to do anything: it is over then, if no alarm of the wave changes before.');
    // The alarm has been OK since 10:10:20 or so, and must have been for 30 minutes.
    expect(lines).toContain('It may enter wave-1/one-box Mon 2026-11-02 10:40 at the earliest.');
  });

  it('since when each blocker stands, whatever comes and goes beside it', () => {
    const s = story([[R1], [R2]]).arrives(1);
    s.alarm(R1, 'ALARM');
    s.enters(1);
    s.pass(600).do({ type: 'HoldPipeline', pipeline: 'application', reason: 'x', heldBy: 'Ines' });
    s.enters(1);
    expect(why(s, 1).filter((l) => l.startsWith('- '))).toEqual([
      '- the hold by Ines (x), since Mon 2026-11-02 09:10',
      '- the aggregate alarm of eu-west-1: FaultRate 12, above 5 (High_Fault_Rate), since Mon 2026-11-02 09:00',
    ]);
  });

  it('its build: why that failed, and where its log is', () => {
    const s = story().isPushed(1);
    const result = { status: 'failed', reason: '2 tests failed', logUrl: 'builds/1.log' } as const;
    s.do({ type: 'RecordBuild', pipeline: 'application', release: 1, result });
    expect(why(s, 1)).toEqual([
      'It was refused Mon 2026-11-02 09:00: its build failed.',
      '  2 tests failed',
      "  The build's log: builds/1.log",
    ]);
  });

  it('what a commit’s subject says is shown in one line, without what steers a terminal', () => {
    const s = story().arrives(1, { subject: 'a\u001B[2J\nb' });
    expect(whyLines(historyOf(s.commits, 'team/service/application'), '1')[1]).toMatch(/"a b"/);
  });
});
