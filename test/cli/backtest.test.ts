import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { printBacktest } from '../../cli/backtest.ts';
import { backtestLines } from '../../cli/backtest-lines.ts';
import { eventLines } from '../../cli/watching.ts';
import { backtestOf } from '../../domain/backtest/backtest.ts';
import type { Event } from '../../domain/events.ts';
import { compile } from '../../domain/pipeline/compile.ts';
import { businessHours } from '../../domain/pipeline/pipeline.ts';
import type { Commit } from '../../domain/ports.ts';
import { commitsIn, linesOf } from '../../local/log-lines.ts';
import { TwoWaves, weekOf } from './week.ts';

const HOUR = 3_600;
const STREAM = 'service#orders/FrontEndApi';

let week: readonly Commit<Event>[];
let folder: string;
beforeAll(async () => {
  week = await weekOf(TwoWaves);
  folder = await mkdtemp(join(tmpdir(), 'backtest-'));
});
afterAll(() => rm(folder, { recursive: true }));

const lines = (other: unknown) => backtestLines(backtestOf(week, 'application', compile(other))).map(stripVTControlCharacters);

describe('groundswell backtest, on the example’s week', () => {
  it('with the same policy says that nothing would have been another', () => {
    const [title, policies, ...rest] = lines(TwoWaves);
    expect(title).toBe('application, Mon 2026-11-02 09:00 to Fri 2026-11-06 20:35 (UTC)');
    expect(policies).toMatch(/^decided by policy ([0-9a-f]{12}); seen by policy \1$/);
    expect(rest).toEqual(['', 'No decision on what was recorded would have been another.']);
  });

  it('with shorter bakes and a later morning tells what of each release would have been another, and what it cannot tell', () => {
    class Other extends TwoWaves {
      override windows = businessHours({ zone: 'UTC', holidays: [], from: '10:00', to: '18:00' });
      override bake() {
        return { ...super.bake(), waveSeconds: [2 * HOUR, 4 * HOUR], dataPoints: [{ metric: 'CreateRequests', atLeast: 100 }] };
      }
    }
    const told = lines(Other);
    const of = (release: number) => {
      const from = told.indexOf(`release ${release}`);
      return told.slice(from + 1, told.indexOf('', from));
    };
    expect(of(1)[1]).toBe(
      '  would not have entered then: wave-1/one-box Mon 2026-11-02 09:05 (outside of its hours, until Mon 2026-11-02 10:00) and wave-2/one-box Tue 2026-11-03 09:00 (outside of its hours, until Tue 2026-11-03 10:00)',
    );
    expect(of(1)).toContain('  baked 2 h at least, not 12 h: wave-1');
    expect(of(1)).toContain('    nobody counted CreateRequests: how long it would have waited for that is not in the log');
    expect(of(4)).toContain('  rolled back out of the whole of wave-1: FaultRate 12, above 5 (High_Fault_Rate), Wed 2026-11-04 20:00');
    expect(told.at(-2)).toBe('What the log cannot tell:');
    expect(told.at(-1)).toMatch(/^- From its first difference on a release’s history would have been another\./);
  });
});

describe('the lines of a log', () => {
  const text = () => week.flatMap(eventLines);

  it('give its commits back', async () => {
    expect(await commitsIn(text(), STREAM, 'log')).toEqual(week);
    const other = text().map((line) => line.replace(STREAM, 'service#orders/Another'));
    expect(await commitsIn([...text(), '', ...other], STREAM, 'log')).toEqual(week);
  });

  it('are refused by the number of the one that is none', async () => {
    const broken = (change: (all: string[]) => string[]) => commitsIn(change(text()), STREAM, 'week.jsonl');
    await expect(broken((all) => [...all.slice(0, 2), 'nonsense'])).rejects.toThrow('week.jsonl:3: nonsense is no JSON');
    await expect(broken((all) => [...all.slice(0, 2), '{"stream": 1}'])).rejects.toThrow(/week\.jsonl:3: stream: /);
    await expect(broken((all) => [all[0] ?? '', (all[1] ?? '').replace('"ReleaseCreated"', '"ReleaseCreatd"')])).rejects.toThrow(
      /week\.jsonl:2: type: /,
    );
    await expect(broken((all) => all.filter((_, i) => i !== 1))).rejects.toThrow('week.jsonl:2: seq: 3; expected 2: a log has no gaps');
    await expect(Array.fromAsync(linesOf(join(folder, 'missing.jsonl')))).rejects.toThrow(/--log: .*missing\.jsonl cannot be read/);
  });
});

describe('groundswell backtest refuses', () => {
  const EXAMPLE = new URL('../../examples/front-end/groundswell.pipeline.ts', import.meta.url).pathname;

  it('a log and a folder at once', async () => {
    await expect(printBacktest({ pipeline: EXAMPLE, data: 'a', log: 'b' })).rejects.toThrow('--log: b; expected either it or --data');
  });

  it('a pipeline that the log has not', async () => {
    const file = join(folder, 'other.jsonl');
    await writeFile(file, `${week.flatMap(eventLines).join('\n').replaceAll('"application"', '"configuration"')}\n`);
    await expect(printBacktest({ pipeline: EXAMPLE, log: file })).rejects.toThrow(
      '--pipeline: orders/FrontEndApi/application; expected a pipeline that the log has',
    );
  });
});
