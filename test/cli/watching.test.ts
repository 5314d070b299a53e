import { Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import color from 'picocolors';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { canShowBoard, eventLines, jsonLines, liveBoard, plainLines, type Watcher } from '../../cli/watching.ts';
import type { Event, EventType } from '../../domain/events.ts';
import { evolve } from '../../domain/evolve.ts';
import type { Commit } from '../../domain/ports.ts';
import { initialState } from '../../domain/state.ts';
import { TwoWaves, weekOf } from './week.ts';

let commits: readonly Commit<Event>[];
beforeAll(async () => {
  commits = await weekOf(TwoWaves);
});

function replay(watcher: Watcher, log = commits, between: () => void = () => {}): void {
  let state = initialState;
  for (const commit of log) {
    watcher.tick(commit.at);
    state = commit.events.reduce(evolve, state);
    watcher.commit(commit, state);
    between();
  }
  watcher.end();
}

function linesOf(make: (write: (line: string) => void) => Watcher): readonly string[] {
  const lines: string[] = [];
  replay(make((line) => lines.push(line)));
  return lines;
}

const has = (commit: Commit<Event>, ...types: readonly EventType[]) => commit.events.some((e) => types.includes(e.type));

describe('off a terminal', () => {
  it('tells the steps, blockers, promotions, rollbacks and ends of releases, one a line', () => {
    const lines = linesOf(plainLines);
    expect(lines.slice(0, 5)).toEqual([
      'Mon 2026-11-02 09:00  release 1 is good0000: Show the price with tax',
      'Mon 2026-11-02 09:05  release 1 is built, SHA-256 good0000ffff, 1 bytes',
      'Mon 2026-11-02 09:05  release 1 enters wave-1/one-box',
      'Mon 2026-11-02 10:10  release 1 is promoted out of wave-1/one-box',
      'Mon 2026-11-02 10:10  release 1 enters wave-1/cells-1',
    ]);
    expect(lines).toContain('Wed 2026-11-04 20:00  release 4 is quarantined');
    expect(lines).toContain('Thu 2026-11-05 09:35  release 5 is superseded by release 6, which contains it');
    expect(lines.at(-1)).toBe('Fri 2026-11-06 20:35  release 6 is everywhere');
  });

  it('leaves batches and cells out, and lets nothing but lines through', () => {
    const lines = linesOf(plainLines);
    expect(lines.filter((l) => /batch|is put on|runs on|is back on| bakes /.test(l))).toEqual([]);
    expect(lines.filter((l) => /[\p{Cc}\u202E]/u.test(l))).toEqual([]);
  });
});

describe('as JSON', () => {
  it('is one event a line, with what it shares with its commit', () => {
    const lines = linesOf(jsonLines);
    expect(lines).toHaveLength(commits.flatMap((c) => c.events).length);
    expect(lines.filter((l) => l.includes('\n'))).toEqual([]);
    const quarantine = lines.map((l) => JSON.parse(l)).find((e) => e.type === 'ReleaseQuarantined');
    expect(quarantine).toMatchObject({
      stream: 'service#orders/FrontEndApi',
      at: '2026-11-02T10:55:00.000Z',
      schemaVersion: 1,
      type: 'ReleaseQuarantined',
      release: 2,
    });
    expect(Object.keys(quarantine).slice(0, 6)).toEqual(['stream', 'seq', 'at', 'by', 'commandId', 'schemaVersion']);
  });

  it('loses nothing of a commit', () => {
    for (const commit of commits) {
      const { events, ...shared } = commit;
      expect(eventLines(commit).map((l) => JSON.parse(l))).toEqual(events.map((e) => ({ ...shared, ...e })));
    }
  });
});

describe('on a terminal', () => {
  const colors = color.createColors(false);
  function screen(columns = 80, rows = 24) {
    const writes: string[] = [];
    const stream = new Writable({
      write: (chunk, _, done) => {
        writes.push(String(chunk));
        done();
      },
    });
    return { writes, stream: Object.assign(stream, { isTTY: true, columns, rows }) };
  }

  it('draws every step, blocker, promotion and rollback, however fast it goes, and nothing else', () => {
    const { stream, writes } = screen();
    replay(liveBoard(stream, { colors, wallMs: () => 0 }));
    const framed = commits.filter((c) => has(c, 'StepEntered', 'StepBlocked', 'ReleasePromoted', 'RollbackStarted', 'ReleaseRolledBack'));
    // And the first commit of all, and the end.
    expect(writes.length).toBeGreaterThanOrEqual(framed.length);
    expect(writes.length).toBeLessThanOrEqual(framed.length + 2);
  });

  it('draws at most 20 times a second besides', () => {
    const { stream, writes } = screen();
    let wall = 0;
    const batches = commits.filter((c) => c.seq <= 2 || has(c, 'BatchDeployed', 'DeploymentStarted', 'DeploymentSucceeded'));
    replay(liveBoard(stream, { colors, wallMs: () => wall }), batches, () => {
      wall += 10;
    });
    expect(writes.length).toBeGreaterThan(batches.length / 5 / 2);
    expect(writes.length).toBeLessThanOrEqual(batches.length / 5 + 2);
  });

  it('ends with the board as it is in the end', () => {
    const { stream, writes } = screen(120, 40);
    replay(liveBoard(stream, { colors, wallMs: () => 0 }));
    expect(stripVTControlCharacters(writes.at(-1) ?? '')).toContain('everywhere');
  });

  it('says nothing when nothing happened', () => {
    const { stream, writes } = screen();
    liveBoard(stream, { colors }).end();
    expect(writes).toEqual([]);
  });

  it('is drawn only where there is a font and a cursor for it', () => {
    const { stream } = screen();
    expect(canShowBoard(stream, { TERM: 'xterm-256color' })).toBe(true);
    expect(canShowBoard(stream, { TERM: 'dumb' })).toBe(false);
    expect(canShowBoard(stream, { TERM: 'linux' })).toBe(false);
    expect(canShowBoard(Object.assign(stream, { isTTY: false }), { TERM: 'xterm' })).toBe(false);
  });

  describe('in a run that pauses', () => {
    beforeEach(() => {
      vi.useFakeTimers();
    });
    afterEach(() => {
      vi.useRealTimers();
    });

    it('shows what came last, even when nothing follows', () => {
      const { stream, writes } = screen();
      const watcher = liveBoard(stream, { colors, wallMs: () => Date.now() });
      const state = commits
        .slice(0, 3)
        .flatMap((c) => c.events)
        .reduce(evolve, initialState);
      for (const commit of commits.slice(0, 2)) watcher.commit(commit, state);
      const before = writes.length;
      watcher.tick('2026-11-02T09:04:00.000Z');
      expect(writes).toHaveLength(before);
      vi.advanceTimersByTime(50);
      expect(writes).toHaveLength(before + 1);
      expect(writes.at(-1)).toContain('09:04');
    });
  });
});
