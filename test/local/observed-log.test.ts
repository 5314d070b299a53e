import { beforeEach, describe, expect, it } from 'vitest';
import { LostRace } from '../../domain/errors.ts';
import type { Event } from '../../domain/events.ts';
import { evolve } from '../../domain/evolve.ts';
import type { LogEvent } from '../../domain/line-events.ts';
import type { Commit } from '../../domain/ports.ts';
import { initialState, type ServiceState } from '../../domain/state.ts';
import { MemoryLog } from '../../local/memory-log.ts';
import { ObservedLog } from '../../local/observed-log.ts';
import { stateAfter, TwoWaves, weekOf } from '../cli/week.ts';

const STREAM = 'service#orders/FrontEndApi';
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
let told: [Commit<Event>, ServiceState][];
const opened = () => ObservedLog.open(log, STREAM, ['team#orders'], async (...given) => void told.push(given));
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

  it('keeps a stream beside it apart: its commits are stored and not told', async () => {
    const beside: Commit<LogEvent> = { ...FIRST, stream: 'team#orders', events: [{ type: 'MemberJoined', member: 'FrontEndApi' }] };
    const observed = await opened();
    await observed.append(beside);
    await observed.append(FIRST);
    expect(told.map(([commit]) => commit)).toEqual([FIRST]);
    expect(await Array.fromAsync(observed.read('team#orders'))).toEqual([beside]);
    expect(await Array.fromAsync(observed.read('team#orders', 1))).toEqual([]);
  });

  it('has told a commit before its append ends', async () => {
    const order: string[] = [];
    const observed = await ObservedLog.open(log, STREAM, [], async () => {
      await Promise.resolve();
      order.push('told');
    });
    await observed.append(FIRST);
    order.push('appended');
    expect(order).toEqual(['told', 'appended']);
  });
});
