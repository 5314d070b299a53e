import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { historyOf } from '../../cli/history.ts';
import { statusLines } from '../../cli/status.ts';
import type { Event } from '../../domain/events.ts';
import type { Commit } from '../../domain/ports.ts';
import { ArticlePipeline } from '../domain/article-pipeline.ts';
import { pipelineOf } from '../domain/story.ts';
import { LoggedStory } from './logged-story.ts';
import { weekOf } from './week.ts';

const statusOf = (commits: readonly Commit<Event>[], id: string) => statusLines(historyOf(commits, id)).map(stripVTControlCharacters);
/** The lines of one section, without its title. */
const section = (lines: readonly string[], title: string) => {
  const start = lines.indexOf(title) + 1;
  const end = lines.indexOf('', start);
  return lines.slice(start, end < 0 ? undefined : end);
};

describe('the status of the example’s week', async () => {
  const week = await weekOf(ArticlePipeline);
  const at = (time: string) =>
    statusOf(
      week.filter((c) => c.at <= time),
      'orders/FrontEndApi/application',
    );

  it('says when it is, and when deployments may start', () => {
    expect(at('2026-11-02T10:50:00.000Z')[0]).toBe('as of Mon 2026-11-02 10:40 UTC, deployments may start');
    expect(at('2026-11-04T20:02:00.000Z')[0]).toBe('as of Wed 2026-11-04 20:01 UTC, no deployment starts before Thu 2026-11-05 09:00');
  });

  it('says where each release in flight is, how far its bake is, and what holds it', () => {
    expect(section(at('2026-11-04T20:02:00.000Z'), 'in flight')).toEqual([
      '  release 1  good0000  Show the price with tax',
      '    waits before wave-4/one-box for',
      '      the time window that opens Thu 2026-11-05 09:00',
      '      the aggregate alarm of eu-south-2: FaultRate 12, above 5 (High_Fault_Rate)',
      '  release 3  revert10  revert1',
      '    bakes the whole of wave-2: 3 h 26 min of 4 h, until Wed 2026-11-04 20:35 at the earliest',
    ]);
  });

  it('says how the last ones ended, newest first, also those that the state has forgotten', () => {
    const lines = section(at('2026-12-01'), 'ended last');
    expect(lines.filter((l) => l.startsWith('  release')).map((l) => l.slice(2, 11))).toEqual([6, 3, 1, 5, 4].map((n) => `release ${n}`));
    expect(lines.slice(-3)).toEqual([
      expect.stringMatching(/^ {2}release 4 {2}slow0000 {2}Cache quotes .*in the box$/),
      '    superseded by release 6 on Thu 2026-11-05 09:35',
      '      left wave-1 because the aggregate alarm of eu-south-2 went off at Wed 2026-11-04 20:00: FaultRate 12, above 5 (High_Fault_Rate)',
    ]);
    expect(section(at('2026-11-04T20:02:00.000Z'), 'ended last')[1]).toBe('    rolled back out of wave-1, back since Wed 2026-11-04 20:01');
  });

  it('says what a fix of each quarantined release must undo, until what is everywhere carries it', () => {
    const before = section(at('2026-11-05T09:40:00.000Z'), 'quarantined');
    expect(before.slice(-5)).toEqual([
      '  release 4, with every release that contains it',
      expect.stringMatching(
        /It does not hold a release that reverts slow0000 "Cache quotes .*", or has a commit with the trailer "Fixes-Release: 4"\.$/,
      ),
      '    Release 6 carries its fix.',
      '    A person may lift it: groundswell lift 4 --reason "..."',
      '    It is lifted if release 1 or 3 is quarantined in its place.',
    ]);
    expect(section(at('2026-12-01'), 'quarantined')).toEqual(['  releases 2 and 4: what is everywhere carries the fix']);
  });

  it('shows every Region and cell of every wave, those alike together', () => {
    const lines = section(at('2026-11-05T09:40:00.000Z'), 'waves');
    expect(lines.slice(0, 8)).toEqual([
      '  wave-1  1 Region',
      '    one-box r6  cells r3×3  eu-south-2',
      '  wave-2  1 Region',
      '    one-box r3  cells r3×6  us-east-1',
      '  wave-3  3 Regions',
      '    one-box r3  cells r1×3  me-central-1 eu-central-2 af-south-1',
      '  wave-4  12 Regions',
      expect.stringMatching(/^ {4}one-box r1 {2}cells r0×3 {2}me-south-1 ap-east-1 /),
    ]);
    expect(lines.at(-1)).toBe('  r0 what ran before the first release');
    expect(lines.join(' ').match(/[a-z]{2}-[a-z]+-\d/g)).toHaveLength(24);
    expect(Math.max(...lines.map((l) => l.length))).toBeLessThanOrEqual(100);
    expect(section(at('2026-12-01'), 'waves').at(-1)).not.toMatch(/r0/);
  });

  it('is that nothing is there before the first commit', () => {
    expect(at('2026-11-01')).toEqual(['Nothing is in the log yet.']);
  });
});

describe('the status', () => {
  const R = 'eu-west-1';
  const story = (cells: readonly string[] = ['A', 'B']) => new LoggedStory(pipelineOf([[R]], cells));
  const status = (s: LoggedStory) => statusOf(s.commits, 'team/service/application');
  const waves = (s: LoggedStory) => section(status(s), 'waves');

  it('shows a cell that is being replaced by what, and one that goes back to what', () => {
    const s = story().arrives(1).goesThrough(1).enters(1);
    const on = { pipeline: 'application', release: 1, cell: `${R}/A`, epoch: 1 };
    const boxes = [{ id: 'b', version: { release: 0, version: 'v0', checksum: '0' }, health: 'healthy' as const, epoch: 0 }];
    const reading = { cell: on.cell, size: 1, epoch: 1, boxes };
    s.do({ type: 'StartDeployment', ...on, reading, to: { release: 1, version: 'v1', checksum: 'sum1' } });
    expect(waves(s)).toEqual([
      '  wave-1  1 Region',
      '    one-box r1  cells r0→r1 r0  eu-west-1',
      '  r0 what ran before the first release; r1→r2 being replaced',
    ]);
    s.do({ type: 'FailDeployment', ...on, text: 'sick', fault: 'release' });
    expect(waves(s).slice(1)).toEqual([
      '    one-box r1↩r0  cells r1↩r0 r0  eu-west-1',
      '  r0 what ran before the first release; r2↩r1 going back',
    ]);
  });

  it('shows a cell that could not be taken back, the hold that followed, and how it ends', () => {
    const s = story().arrives(1).enters(1);
    s.failsOn(1, `${R}/one-box`);
    const epoch = s.pipeline.cells[`${R}/one-box`]?.epoch ?? 0;
    s.do({ type: 'FailCellBack', pipeline: 'application', release: 1, cell: `${R}/one-box`, epoch, text: 'no capacity' });
    expect(status(s)[1]).toBe(
      'No release enters a step: held by groundswell (eu-west-1/one-box could not be taken back: no capacity), until a person resumes the pipeline (groundswell resume --reason "..."); eu-west-1/one-box, which could not be taken back, then goes back again.',
    );
    expect(waves(s)[1]).toBe('    one-box r1✗r0  cells r0×2  eu-west-1');
  });

  it('shows how often the execution of a release was started, once that is more than once', () => {
    const s = story().arrives(1).enters(1);
    expect(status(s).join('\n')).not.toMatch(/attempt/);
    s.do({ type: 'ResumeRelease', pipeline: 'application', release: 1, attempt: 2, reason: 'it died' });
    expect(section(status(s), 'in flight')[1]).toBe('    is put on wave-1/one-box: done on 0 of 1 cell, attempt 2');
  });

  it('shows a release whose build failed, and why', () => {
    const s = story().isPushed(1);
    const result = { status: 'failed', reason: '2 tests failed', logUrl: 'builds/1.log' } as const;
    s.do({ type: 'RecordBuild', pipeline: 'application', release: 1, result });
    expect(section(status(s), 'ended last')[1]).toBe('    refused, its build failed: 2 tests failed, Mon 2026-11-02 09:00');
  });
});
