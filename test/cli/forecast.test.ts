import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { forecastOn, printForecast } from '../../cli/forecast.ts';
import { forecastLines } from '../../cli/forecast-lines.ts';
import type { Event } from '../../domain/events.ts';
import { compile } from '../../domain/pipeline/compile.ts';
import type { Commit } from '../../domain/ports.ts';
import { loadPipeline } from '../../local/load-pipeline.ts';
import { TwoWaves, weekOf } from './week.ts';

const EXAMPLE = new URL('../../examples/front-end/groundswell.pipeline.ts', import.meta.url).pathname;

describe('groundswell forecast, of the example’s week', () => {
  let week: readonly Commit<Event>[];
  beforeAll(async () => {
    week = await weekOf(TwoWaves);
  });
  const upTo = (at: string) => week.filter((c) => c.at <= at);
  const forecast = (release: number | null, at: string) => forecastOn(upTo(at), [], 'application', at, release, null).forecast;
  const lines = (release: number | null, at: string) =>
    forecastLines(forecast(release, at), upTo(at)).map((line) => stripVTControlCharacters(line));
  const completedAt = (release: number) =>
    week.find((c) => c.events.some((e) => e.type === 'ReleaseCompleted' && e.release === release))?.at ?? 'never';

  it.each(['2026-11-02T09:00', '2026-11-02T09:07', '2026-11-02T10:42', '2026-11-02T18:00', '2026-11-03T12:31'])(
    'tells on %s already when the good change is everywhere',
    (at) => {
      expect(forecast(1, `${at}:00.000Z`).end).toEqual({ kind: 'everywhere', at: completedAt(1) });
    },
  );

  it.each([4, 5, 6])('follows release %i to the revert that supersedes it, while the way is clear', (release) => {
    const { releases, end } = forecast(release, '2026-11-05T09:30:00.000Z');
    expect(releases).toEqual(release === 6 ? [6] : [release, 6]);
    // Its build begins now; the one before took as long.
    expect(end).toEqual({ kind: 'everywhere', at: completedAt(6) });
  });

  it('prints a line a step from where the release is, and what costs the time', () => {
    expect(lines(1, '2026-11-03T14:50:00.000Z')).toEqual([
      'release 1  good0000 "Show the price with tax"',
      expect.stringMatching(/^as of Tue 2026-11-03 14:50 UTC, policy [0-9a-f]{12}$/),
      '',
      '                  enters                rolled out  promoted',
      'wave-2/cells-5    in it                             Tue 2026-11-03 15:30',
      'wave-2/cells-6    Tue 2026-11-03 15:30  Tue 15:35   Tue 2026-11-03 16:35',
      'wave-2            Tue 2026-11-03 16:35              Tue 2026-11-03 20:35',
      '',
      'everywhere Tue 2026-11-03 20:35 (UTC), in 5 h 45 min',
      'What costs the time: bakes 5 h 40 min, roll-out 5 min.',
      'If no alarm goes off, every box passes its health checks, and nobody holds or changes the pipeline.',
    ]);
  });

  it('says who must do what where there is no date', () => {
    expect(lines(5, '2026-11-05T09:00:00.000Z').slice(3)).toEqual([
      'No date: before wave-1/one-box release 5 waits for what time alone does not end:',
      '- the quarantine of release 4, without its fix',
      'Ask: groundswell why 5',
    ]);
    expect(lines(4, '2026-11-05T09:00:00.000Z').slice(3)).toEqual([
      'No date: release 4 is rolled back out of wave-1 and quarantined. It needs a fix, or a person.',
      'Ask: groundswell why 4',
    ]);
    expect(lines(null, '2026-11-05T09:00:00.000Z')[3]).toBe('No date: before wave-1/one-box it waits for what time alone does not end:');
  });

  it('tells of a release that has ended since when it is everywhere, also through another', () => {
    expect(lines(2, '2026-12-01T00:00:00.000Z').slice(1)).toEqual([
      'superseded by release 3, which takes its commits on',
      expect.stringMatching(/^as of/),
      '',
      expect.stringMatching(/^everywhere since .* \(UTC\)$/),
    ]);
  });
});

describe('the README', () => {
  it('ends its forecast of the example as the command does', async () => {
    const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
    const shown = readme.match(/<!-- groundswell forecast -->\n```\n([\s\S]*?)\n```/)?.[1];
    const example = compile((await loadPipeline(EXAMPLE)).pipeline);
    const { forecast } = forecastOn([], [example], 'application', '2026-11-02T09:00:00.000Z', null, 300);
    const printed = forecastLines(forecast, []).map((line) => stripVTControlCharacters(line));
    expect(shown).toBeDefined();
    expect(printed.join('\n')).toContain(shown);
  });
});

describe('groundswell forecast refuses', () => {
  it.each<[string, string | undefined, Parameters<typeof printForecast>[1], RegExp]>([
    ['an instant that is none', undefined, { pipeline: EXAMPLE, at: 'soon' }, /--at: 'soon'; expected an instant/],
    ['a release of a pipeline without a log', '4', { pipeline: EXAMPLE }, /release: '4'; expected none/],
    ['a build that takes less than no time', undefined, { pipeline: EXAMPLE, build: '-1' }, /--build: '-1'; expected minutes/],
    ['a pipeline file that is not there', undefined, { pipeline: 'nowhere.ts' }, /nowhere\.ts: there is no such file/],
  ])('%s', async (_, release, given, message) => {
    await expect(printForecast(release, given)).rejects.toThrow(message);
  });

  it('a folder without a rehearsal', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'forecast-'));
    await expect(printForecast(undefined, { data: folder })).rejects.toThrow(/--data: there is no rehearsal in/);
    await rm(folder, { recursive: true });
  });
});
