import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../local/virtual-clock.ts';

const realIo = () => new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve)));

describe('the virtual clock', () => {
  it('fires in the order of time, then of sequence, one at a time, whatever real work each does', async () => {
    const clock = new VirtualClock({ startMs: 0 });
    const order: string[] = [];
    const timer = (name: string, work: () => Promise<void>) => async () => {
      order.push(`${name} begins at ${clock.nowMs}`);
      await work();
      order.push(`${name} ends at ${clock.nowMs}`);
    };
    clock.at(20, timer('c', realIo));
    clock.at(10, timer('a', realIo));
    clock.at(
      10,
      timer('b', async () => {}),
    );
    await clock.run();
    expect(order).toEqual(['a begins at 10', 'a ends at 10', 'b begins at 10', 'b ends at 10', 'c begins at 20', 'c ends at 20']);
  });

  it('fires what is due at the same time in the order of its ranks', async () => {
    const ranks = [3, 1, 2];
    const clock = new VirtualClock({ startMs: 0, rank: () => ranks.shift() ?? 0 });
    const order: string[] = [];
    for (const name of ['third', 'first', 'second']) clock.at(10, () => order.push(name));
    await clock.run();
    expect(order).toEqual(['first', 'second', 'third']);
  });

  it('does not fire what was cancelled, and drops cancelled timers', async () => {
    const clock = new VirtualClock({ startMs: 0 });
    let fired = 0;
    const cancels = Array.from({ length: 1000 }, (_, i) => clock.at(i, () => fired++));
    for (const cancel of cancels.slice(0, 999)) cancel();
    await clock.run();
    expect(fired).toBe(1);
  });

  it('asks what lives in between before it jumps, and goes to what that adds', async () => {
    const seen: number[] = [];
    let added = false;
    const clock: VirtualClock = new VirtualClock({
      startMs: 0,
      beforeJump: async () => {
        if (!added) clock.at(30, () => seen.push(clock.nowMs));
        added = true;
      },
    });
    clock.at(100, () => seen.push(clock.nowMs));
    await clock.run();
    expect(seen).toEqual([30, 100]);
  });

  it('stops where it is halted', async () => {
    const clock = new VirtualClock({ startMs: 0 });
    let fired = 0;
    clock.at(1, () => clock.halt());
    clock.at(2, () => fired++);
    await clock.run();
    expect([fired, clock.nowMs]).toEqual([0, 1]);
  });

  it('lets what arrives from outside happen when the pause that it cuts short is over, before anything else of that time', async () => {
    const done: string[] = [];
    const clock = new VirtualClock({
      startMs: 0,
      pace: async (_, __, cut) => {
        void clock.arrive(async () => void done.push(`arrived ${clock.nowMs}`));
        await new Promise<void>((resolve) => (cut.aborted ? resolve() : cut.addEventListener('abort', () => resolve())));
      },
    });
    clock.at(1000, () => done.push(`fired ${clock.nowMs}`));
    await clock.run();
    expect(done).toEqual(['arrived 1000', 'fired 1000']);
  });

  it('refuses what arrives when nothing happens any more', async () => {
    const clock = new VirtualClock({ startMs: 0 });
    await clock.run();
    await expect(clock.arrive(async () => {})).rejects.toThrow('nothing happens here any more');
  });
});
