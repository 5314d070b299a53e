import { beforeEach, describe, expect, it } from 'vitest';
import { LostRace } from '../../domain/errors.ts';
import type { Event } from '../../domain/events.ts';
import { evolve } from '../../domain/evolve.ts';
import type { LogEvent } from '../../domain/line-events.ts';
import type { Commit } from '../../domain/ports.ts';
import { initialState, type ServiceState } from '../../domain/state.ts';
import { MemoryLog } from '../../local/memory-log.ts';
import { ObservedLog } from '../../local/observed-log.ts';
import { streamsOf } from '../../local/streams.ts';
import { stateAfter, TwoWaves, weekOf } from '../cli/week.ts';

const STREAM = 'service#orders/FrontEndApi';
const STREAMS = streamsOf(['orders/FrontEndApi/application']);
const WEEK = (await weekOf(new TwoWaves())).slice(0, 12);
const [FIRST, SECOND] = WEEK as [Commit<Event>, Commit<Event>];

/** Counts what it is asked to read. */
class CountedLog extends MemoryLog {
  reads = 0;

  override read(stream: string, after?: number): AsyncIterable<Commit<LogEvent>> {
    this.reads++;
    return super.read(stream, after);
  }
}

let log: CountedLog;
let told: [Commit<LogEvent>, ServiceState][];
const opened = () => ObservedLog.open(log, STREAMS, async (...given) => void told.push(given));
beforeEach(() => {
  log = new CountedLog();
  told = [];
});

describe('a log that is observed', () => {
  it('tells each commit once it is stored, with the state after it', async () => {
    const observed = await opened();
    expect([observed.state, observed.lastAt]).toEqual([initialState, null]);
    for (const commit of WEEK) await observed.append(commit);
    expect(told.map(([commit]) => commit)).toEqual(WEEK);
    expect(told.map(([, state]) => state.pipelines)).toEqual(WEEK.map((_, i) => stateAfter(WEEK.slice(0, i + 1)).pipelines));
    expect(observed.lastAt).toBe(WEEK.at(-1)?.at);
    expect(await Array.fromAsync(log.read(STREAM))).toEqual(WEEK);
  });

  it('does not tell what was there before, and has its state', async () => {
    for (const commit of WEEK) await log.append(commit);
    const observed = await opened();
    expect(told).toEqual([]);
    expect(observed.state.pipelines).toEqual(WEEK.flatMap((c) => c.events).reduce(evolve, initialState).pipelines);
    expect(observed.lastAt).toBe(WEEK.at(-1)?.at);
  });

  it('tells nothing of a commit that lost its race', async () => {
    await log.append(FIRST);
    const observed = await opened();
    const { state } = observed;
    await expect(observed.append({ ...SECOND, seq: FIRST.seq })).rejects.toThrow(LostRace);
    expect(told).toEqual([]);
    expect(observed.state).toBe(state);
  });

  it('tells a commit once that is appended twice', async () => {
    const observed = await opened();
    await observed.append(FIRST);
    const { state } = observed;
    await observed.append(FIRST);
    expect(told.map(([commit]) => commit)).toEqual([FIRST]);
    expect(observed.state).toBe(state);
  });

  it('sends no reader to the database who has the newest commit, and every other', async () => {
    const observed = await opened();
    await observed.append(FIRST);
    await observed.append(SECOND);
    const before = log.reads;
    expect(await Array.fromAsync(observed.read(STREAM, SECOND.seq))).toEqual([]);
    expect(log.reads).toBe(before);
    expect(await Array.fromAsync(observed.read(STREAM, FIRST.seq))).toEqual([SECOND]);
    expect(await Array.fromAsync(observed.read(STREAM))).toEqual([FIRST, SECOND]);
    expect(log.reads).toBe(before + 2);
  });

  it('sends every reader of a stream to the database that it was not opened with', async () => {
    const observed = await opened();
    const other = { ...FIRST, stream: 'service#orders/Warehouse' };
    await log.append(other);
    expect(await Array.fromAsync(observed.read('service#orders/Warehouse'))).toEqual([other]);
  });

  it('has told a commit before its append ends', async () => {
    const order: string[] = [];
    const observed = await ObservedLog.open(log, STREAMS, async () => {
      await Promise.resolve();
      order.push('told');
    });
    await observed.append(FIRST);
    order.push('appended');
    expect(order).toEqual(['told', 'appended']);
  });

  it('tells what is on the lines of its team and of everything, each stream counted on its own', async () => {
    const observed = await opened();
    const joins = (stream: string, seq: number, at: string): Commit<LogEvent> => ({
      ...FIRST,
      stream,
      seq,
      at,
      events: [{ type: 'MemberJoined', member: 'FrontEndApi' }],
    });
    const later = '2026-11-30T09:00:00.000Z';
    const onLines = [joins('team#orders', 1, FIRST.at), joins('everything', 1, FIRST.at), joins('team#orders', 2, later)];
    for (const commit of [...onLines.slice(0, 2), FIRST, ...onLines.slice(2), SECOND]) await observed.append(commit);
    expect(told.map(([commit]) => [commit.stream, commit.seq])).toEqual([
      ['team#orders', 1],
      ['everything', 1],
      [STREAM, 1],
      ['team#orders', 2],
      [STREAM, 2],
    ]);
    expect(told.at(-2)?.[1].pipelines).toEqual(stateAfter([FIRST]).pipelines);
    expect(observed.lastAt).toBe(later);
    expect(await Array.fromAsync(observed.read('team#orders', 1))).toEqual([onLines[2]]);
    told = [];
    const again = await opened();
    expect([told, again.lastAt, again.state.pipelines]).toEqual([[], later, observed.state.pipelines]);
    await again.append({ ...joins('everything', 1, FIRST.at) });
    expect(told).toEqual([]);
  });
});
