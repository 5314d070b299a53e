import { stripVTControlCharacters } from 'node:util';
import color from 'picocolors';
import stringWidth from 'string-width';
import { beforeAll, describe, expect, it } from 'vitest';
import { boardLines } from '../../cli/board.ts';
import type { Event } from '../../domain/events.ts';
import { evolve } from '../../domain/evolve.ts';
import { policyOf } from '../../domain/pipeline/route.ts';
import type { Commit } from '../../domain/ports.ts';
import { initialState, type ServiceState } from '../../domain/state.ts';
import { ArticlePipeline } from '../domain/article-pipeline.ts';
import { stateAt, TwoWaves, weekOf } from './week.ts';

const WITH = color.createColors(true);
const WITHOUT = color.createColors(false);
const SIZES = [
  { columns: 30, rows: 10 },
  { columns: 80, rows: 12 },
  { columns: 80, rows: 24 },
  { columns: 120, rows: 40 },
  { columns: 200, rows: 50 },
] as const;
const [, , , MEDIUM] = SIZES;

/** Every thirtieth state of the log, at the time of its commit. */
function* statesOf(commits: readonly Commit<Event>[]): Generator<{ state: ServiceState; at: string }> {
  let state = initialState;
  for (const [i, { at, events }] of commits.entries()) {
    state = events.reduce(evolve, state);
    if (i % 30 === 0) yield { state, at };
  }
}

let two: readonly Commit<Event>[];
let all: readonly Commit<Event>[];
beforeAll(async () => {
  two = await weekOf(TwoWaves);
  all = await weekOf(ArticlePipeline);
});

const board = (at: string, { commits = two, size = MEDIUM as { columns: number; rows: number }, colors = WITHOUT } = {}) =>
  boardLines(stateAt(commits, at), at, size, [], colors);
const lineWith = (lines: readonly string[], text: string) => lines.find((l) => l.includes(text));

describe('the size', () => {
  it.each([
    ['with colours', WITH],
    ['without', WITHOUT],
  ])('is never exceeded, whatever happens, %s', (_, colors) => {
    const strip = Array.from({ length: 60 }, (_, i) => `${i} ${'wide 幅 '.repeat(30)}`);
    for (const { state, at } of statesOf(all)) {
      for (const size of SIZES) {
        const lines = boardLines(state, at, size, strip, colors);
        expect(lines.length).toBeLessThanOrEqual(size.rows);
        expect(Math.max(...lines.map((l) => stringWidth(l)))).toBeLessThanOrEqual(size.columns);
        expect(lines.filter((l) => /[\p{Cc}\u202E]/u.test(stripVTControlCharacters(l)))).toEqual([]);
      }
    }
  });

  it('alone decides where the waves are drawn', () => {
    for (const size of SIZES.slice(2)) {
      const places = [...statesOf(all)]
        .slice(1)
        .map(({ state, at }) => boardLines(state, at, size, [], WITH).findIndex((l) => l.includes('us-west-2 ')));
      expect(new Set(places).size).toBe(1);
      expect(places[0]).toBeGreaterThan(0);
    }
  });
});

describe('the waves', () => {
  it.each([
    ['80x24 with colours', SIZES[2], WITH],
    ['80x24 without', SIZES[2], WITHOUT],
    ['120x40', SIZES[3], WITH],
    ['200x50', SIZES[4], WITH],
  ])('have every cell of the definition at %s', (_, size, colors) => {
    const at = '2026-11-05T10:06:30.000Z';
    const state = stateAt(all, at);
    const text = boardLines(state, at, size, [], colors).map(stripVTControlCharacters).join('\n');
    const regions = policyOf(Object.values(state.pipelines)[0]!).stages.flatMap((s) => s.regions);
    expect(regions.flatMap((r) => r.cells)).toHaveLength(76);
    for (const { region, cells } of regions) {
      const drawn = text.match(new RegExp(`${region} +[●○]\\d?((?: *[■□▁-▇]\\d?)+)`));
      expect(drawn?.[1]?.match(/[■□▁-▇]/g), region).toHaveLength(cells.length);
    }
  });

  it('say by glyph and number what each cell runs, and whether it was promoted', () => {
    const monday = board('2026-11-02T13:06:00.000Z');
    // Release 3 comes to the one-box, which ran 1; release 1 bakes in the third cell and is not promoted out of the wave.
    expect(lineWith(monday, 'eu-south-2')).toMatch(/eu-south-2 [▁-▇]3 {2}□1 □1 □1$/);
    expect(lineWith(monday, 'us-east-1')).toMatch(/us-east-1 +●0 {2}■0 ■0 ■0 ■0 ■0 ■0$/);
    expect(lineWith(board('2026-11-03T01:30:00.000Z'), 'eu-south-2')).toMatch(/○3 {2}■1 ■1 ■1$/);
  });

  it('let a cell that is being replaced rise box by box', () => {
    const levels = ['10:10:10', '10:11:30', '10:13:00', '10:14:30'].map(
      (time) => lineWith(board(`2026-11-02T${time}.000Z`), 'eu-south-2')?.match(/[▁-▇]/)?.[0],
    );
    expect(levels.filter((l) => l === undefined)).toEqual([]);
    expect(levels).toEqual(levels.toSorted());
    expect(new Set(levels).size).toBeGreaterThan(2);
  });

  it('show what goes back, and what is stuck on the way', () => {
    const at = '2026-11-04T20:00:30.000Z';
    const state = stateAt(two, at);
    const back = lineWith(boardLines(state, at, MEDIUM, [], WITHOUT), 'eu-south-2 ');
    expect(back).toMatch(/●3 {2}◄4 ◄4 ◄4$/);
    const cell = 'eu-south-2/eu-south-2b';
    const epoch = state.pipelines.application?.cells[cell]?.epoch ?? 0;
    const failed: Event = { type: 'RollbackFailed', pipeline: 'application', release: 4, cell, epoch, text: 'no capacity' };
    const stuck = boardLines(evolve(state, failed), at, MEDIUM, [], WITHOUT);
    expect(lineWith(stuck, 'eu-south-2 ')).toMatch(/◄4 ✗4 ◄4$/);
    expect(lineWith(stuck, 'could not be taken back')).toContain(cell);
  });

  it('tell releases apart by colour, what is displaced behind what comes', () => {
    const colored = board('2026-11-02T10:10:30.000Z', { colors: WITH });
    const replaced = WITH.bgBlackBright(WITH.cyan('▂'));
    expect(lineWith(colored, 'eu-south-2')).toContain(replaced);
    const cyan = lineWith(colored, 'Show the price with tax') ?? '';
    expect(cyan).toContain(WITH.cyan('■'));
    expect(lineWith(board('2026-11-03T09:30:00.000Z', { colors: WITH }), 'eu-south-2')).toContain(WITH.magenta('□'));
  });

  it('shrink to one line each where the grid has no room', () => {
    const small = board('2026-11-05T10:02:00.000Z', { commits: all, size: SIZES[1] });
    expect(lineWith(small, 'wave-4')).toMatch(/^wave-4 +○1×12 {2}■0×36$/);
    expect(lineWith(small, 'wave-2')).toMatch(/^wave-2 +●3×1 {2}■3×6$/);
  });
});

describe('the head', () => {
  it('has the virtual clock, and whether the window is open or when it opens', () => {
    expect(board('2026-11-02T09:30:00.000Z')[0]).toMatch(/^Mon 2026-11-02 09:30 UTC {2}window open +orders\/FrontEndApi\/application$/);
    expect(board('2026-11-06T16:00:00.000Z')[0]).toContain('Fri 2026-11-06 16:00 UTC  window closed, opens Mon 2026-11-09 09:00');
  });

  it('says that no pipeline is defined yet', () => {
    expect(boardLines(initialState, '2026-11-02T09:00:00.000Z', MEDIUM, [], WITHOUT)).toEqual([
      'Mon 2026-11-02 09:00 UTC  no pipeline is defined yet',
    ]);
  });
});

describe('the releases', () => {
  it('show how far a bake is', () => {
    const line = lineWith(board('2026-11-02T09:40:00.000Z'), 'Show the price with tax');
    expect(line).toMatch(/^■ 1 +Show the price with tax +wave-1\/one-box +bakes (━+)(╌+) 30 min of 1 h, until Mon 10:10$/);
    const [, done = '', left = ''] = line?.match(/(━+)(╌+)/) ?? [];
    expect(done.length).toBe(left.length);
  });

  it('show how far a roll-out is, in one line or two', () => {
    const at = '2026-11-03T10:10:00.000Z';
    const state = stateAt(
      two.filter(
        (c) =>
          c.seq <=
          (two.find((d) => d.events.some((e) => e.type === 'DeploymentSucceeded' && e.release === 3 && e.cell.endsWith('2b')))?.seq ?? 0),
      ),
      at,
    );
    expect(lineWith(boardLines(state, at, MEDIUM, [], WITHOUT), 'revert1')).toMatch(/rolls out ━+ 1 of 1 Region$/);
    const narrow = boardLines(state, at, SIZES[2], [], WITHOUT);
    const head = narrow.findIndex((l) => /^■ 3 +wave-1\/cells-2 +revert1$/.test(l));
    expect(narrow[head + 1]).toMatch(/^ +rolls out ━+ 1 of 1 Region$/);
  });

  it('say what one waits for', () => {
    expect(lineWith(board('2026-11-05T08:36:00.000Z'), 'innocent')).toContain(
      'waits for the quarantine of release 4, without its fix; the',
    );
  });

  it('show a bake whose time is over as late', () => {
    const at = '2026-11-02T10:12:00.000Z';
    const lines = boardLines(stateAt(two, '2026-11-02T10:09:00.000Z'), at, MEDIUM, [], WITHOUT);
    expect(lineWith(lines, 'Show the price')).toMatch(/bakes ━+ late: about to be looked at$/);
  });

  it('are followed by what is quarantined, until its fix is everywhere', () => {
    expect(lineWith(board('2026-11-05T08:36:00.000Z'), 'Cache quotes')).toMatch(/^■ 4 .* wave-1 +quarantined, suspects slow0000$/);
    expect(lineWith(board('2026-11-06T21:00:00.000Z'), 'quarantined')).toBeUndefined();
    expect(lineWith(board('2026-11-06T21:00:00.000Z'), 'everywhere')).toMatch(/^■ 6 +revert2/);
  });

  it('begin with a hold', () => {
    const at = '2026-11-02T09:40:00.000Z';
    const hold: Event = { type: 'PipelineHeld', pipeline: 'application', reason: 'an\naudit', heldBy: 'oncall' };
    const lines = boardLines(evolve(stateAt(two, at), hold), at, MEDIUM, [], WITHOUT);
    expect(lines.indexOf('held by oncall: an audit') + 1).toBe(lines.findIndex((l) => l.startsWith('■ 1')));
  });

  it('that have no room are counted', () => {
    const small = board('2026-11-05T10:02:00.000Z', { commits: all, size: SIZES[1] });
    expect(lineWith(small, '… and')).toBeDefined();
  });
});

it('has the newest of the strip on its last line', () => {
  const at = '2026-11-02T09:40:00.000Z';
  for (const size of SIZES.slice(1)) {
    const lines = boardLines(stateAt(all, at), at, size, ['older', 'newest'], WITHOUT);
    expect(lines).toHaveLength(size.rows);
    expect(lines.at(-1)).toBe('newest');
  }
});
