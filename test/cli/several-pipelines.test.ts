import { stripVTControlCharacters } from 'node:util';
import color from 'picocolors';
import stringWidth from 'string-width';
import { beforeAll, describe, expect, it } from 'vitest';
import { boardLines } from '../../cli/board.ts';
import { type History, historyOf } from '../../cli/history.ts';
import { releaseAmong } from '../../cli/release-argument.ts';
import { reportOf } from '../../cli/report.ts';
import { reportLines } from '../../cli/report-lines.ts';
import { statusLines } from '../../cli/status.ts';
import { plainLines } from '../../cli/watching.ts';
import { whyLines } from '../../cli/why.ts';
import type { Event } from '../../domain/events.ts';
import { evolve } from '../../domain/evolve.ts';
import type { Commit } from '../../domain/ports.ts';
import { initialState } from '../../domain/state.ts';
import { stateAfter, stateAt, TwoWaves, weekOf } from './week.ts';

/** The week of the application, and its first four releases once more as those of a configuration pipeline of the same service. */
function withConfiguration(week: readonly Commit<Event>[]): readonly Commit<Event>[] {
  const theirs = week.map((c): Commit<Event> => {
    const events = c.events.flatMap((e): Event[] => {
      if (e.type === 'AlarmRaised' || ('release' in e && e.release > 4)) return [];
      const own = { ...e, pipeline: 'configuration' };
      return [own.type === 'PipelineDefined' ? { ...own, definition: { ...own.definition, pipeline: 'configuration' } } : own];
    });
    return { ...c, commandId: c.commandId.replaceAll('application', 'configuration'), events };
  });
  const all = [...week, ...theirs.filter((c) => c.events.length > 0)].toSorted((a, b) =>
    a.at < b.at ? -1 : a.at > b.at ? 1 : a.seq - b.seq,
  );
  return all.map((c, i) => ({ ...c, seq: i + 1 }));
}

let both: readonly Commit<Event>[];
let histories: readonly History[];
const at = (time: string) => historiesOf(both.filter((c) => c.at <= time));
const historiesOf = (commits: readonly Commit<Event>[]) =>
  ['application', 'configuration'].map((name) => historyOf(commits, `orders/FrontEndApi/${name}`));
beforeAll(async () => {
  both = withConfiguration(await weekOf(TwoWaves));
  histories = historiesOf(both);
});
const plain = (lines: readonly string[]) => lines.map(stripVTControlCharacters);

describe('with several pipelines of a service', () => {
  it('a release is asked for with its pipeline’s name, or by its number where only one has it', () => {
    const asked = (given: string) => plain(whyLines(...releaseAmong(histories, given)))[0];
    expect(['configuration/2', 'application/2', '6', 'application/6'].map(asked)).toEqual([
      'configuration release 2',
      'application release 2',
      'application release 6',
      'application release 6',
    ]);
    const known = 'application/1, application/2, application/3, application/4, application/5, application/6';
    for (const given of ['2', '7', 'configuration/5', 'limits/1', 'configuration', '/2', '']) {
      expect(() => asked(given)).toThrow(
        `release: '${given}'; expected one of ${known}, configuration/1, configuration/2, configuration/3, configuration/4`,
      );
    }
  });

  it('`why` sends to another release of the same pipeline', () => {
    const [, configuration] = at('2026-11-02T14:00:00.000Z');
    expect(plain(whyLines(configuration as History, '2'))).toContain(
      '  Release 3 bakes wave-1/one-box: 15 min of 1 h, until Mon 2026-11-02 14:10 at the earliest: groundswell why configuration/3',
    );
  });

  it('each line of a run names the pipeline', () => {
    const lines: string[] = [];
    const watcher = plainLines((line) => lines.push(line));
    let state = initialState;
    for (const commit of both) {
      state = commit.events.reduce(evolve, state);
      watcher.commit(commit, state);
    }
    const ofReleases = lines.filter((line) => line.includes('release '));
    expect(ofReleases.length).toBeGreaterThan(100);
    expect(ofReleases.filter((line) => !/ {2}(application|configuration) release \d/.test(line))).toEqual([]);
  });

  it('the status and the report show one pipeline after the other', () => {
    const status = plain(at('2026-11-04T12:00:00.000Z').flatMap(statusLines));
    const titles = status.filter((line) => ['application', 'configuration', 'in flight', 'waves'].includes(line));
    expect(titles).toEqual(['application', 'in flight', 'waves', 'configuration', 'in flight', 'waves']);
    const reports = ['application', 'configuration'].map((name) => reportOf(both, name));
    const lines = plain(reportLines(reports));
    const headings = lines.filter((line) => /^(■ Release \d|application|configuration)/.test(line)).map((line) => line.slice(0, 13));
    const releases = (...numbers: readonly number[]) => numbers.map((n) => `■ Release ${n}  `);
    expect(headings).toEqual([
      'application',
      ...releases(1, 2, 3, 4, 5, 6),
      'configuration',
      ...releases(1, 2, 3, 4),
      'application: ',
      'configuration',
    ]);
    expect(lines).toContain('application: 6 releases: 3 everywhere, 3 superseded, 0 refused, 0 under way; rolled back 2.');
    expect(lines).toContain('configuration: 4 releases: 2 everywhere, 2 superseded, 0 refused, 0 under way; rolled back 2.');
    expect(lines.filter((line) => line.includes('of virtual time'))).toHaveLength(1);
  });

  it.each([
    [80, 23],
    [120, 39],
    [200, 49],
  ])('the board of %i columns and %i rows has both, and no more than fits', (columns, rows) => {
    const state = stateAt(both, '2026-11-02T10:47:00.000Z');
    const strip = Array.from({ length: 9 }, (_, i) => `event ${i}`);
    const lines = plain(boardLines(state, '2026-11-02T10:47:00.000Z', { columns, rows }, strip, color.createColors(false)));
    expect(lines).toHaveLength(rows);
    for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(columns);
    expect(lines.filter((line) => /^(application|configuration) {2}window open$/.test(line))).toHaveLength(2);
    expect(lines.at(-1)).toBe('event 8');
    expect(lines.filter((line) => /^wave-2 /.test(line)).length).toBe(2);
    expect(lines.filter((line) => line.includes('bakes')).length).toBeGreaterThanOrEqual(2);
  });
});

it('the state of both is in the fold of their stream', () => {
  expect(Object.keys(stateAfter(both).pipelines)).toEqual(['application', 'configuration']);
});
