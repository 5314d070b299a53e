import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LostRace } from '../../domain/errors.ts';
import type { Event } from '../../domain/events.ts';
import type { Commit, EventLog, Views } from '../../domain/ports.ts';
import { Service } from '../../functions/decide.ts';
import { MemoryViews } from '../../local/memory-views.ts';
import { CodeUnderTest, held, pipelineDefined, testClock } from './service-ports.ts';

export interface Storage {
  readonly log: EventLog;
  readonly views: Views;
  close(): Promise<void>;
}

const commit = (stream: string, seq: number, over: Partial<Commit<Event>> = {}): Commit<Event> => ({
  stream,
  seq,
  at: '2026-11-02T09:00:00.000Z',
  by: 'test',
  commandId: `c${seq}`,
  schemaVersion: 1,
  events: [held('application', `reason ${seq}`)],
  ...over,
});

async function all(log: EventLog, stream: string, after?: number): Promise<Commit[]> {
  const commits: Commit[] = [];
  for await (const c of log.read(stream, after)) commits.push(c);
  return commits;
}

/** What every adapter of `EventLog` and `Views` must do. */
export function storageContract(name: string, open: () => Promise<Storage>): void {
  describe(`${name} as event log`, () => {
    let storage: Storage;
    const service = (stream: string, views: Views = storage.views) =>
      new Service(stream, { log: storage.log, views, clock: testClock, backOff: async () => {}, code: CodeUnderTest });
    beforeAll(async () => {
      storage = await open();
    });
    afterAll(() => storage.close());

    it('reads back what was appended, in order and from a position', async () => {
      for (const seq of [1, 2, 3]) await storage.log.append(commit('a', seq));
      expect(await all(storage.log, 'a')).toEqual([commit('a', 1), commit('a', 2), commit('a', 3)]);
      expect((await all(storage.log, 'a', 2)).map((c) => c.seq)).toEqual([3]);
      expect(await all(storage.log, 'nothing')).toEqual([]);
    });

    it('refuses a second commit with a sequence number, and keeps the first', async () => {
      await storage.log.append(commit('race', 1));
      await expect(storage.log.append(commit('race', 1, { commandId: 'other' }))).rejects.toThrow(LostRace);
      expect(await all(storage.log, 'race')).toEqual([commit('race', 1)]);
    });

    it('takes a repeated put of the very same commit for done: its first answer was lost', async () => {
      await storage.log.append(commit('repeat', 1));
      await storage.log.append(commit('repeat', 1));
      expect(await all(storage.log, 'repeat')).toHaveLength(1);
    });

    it('refuses an event that its schema does not know', async () => {
      await expect(storage.log.append(commit('bad', 1, { events: [{ type: 'PipelineHeld' } as Event] }))).rejects.toThrow();
      expect(await all(storage.log, 'bad')).toEqual([]);
    });

    it('has one winner among 100 racing writers', async () => {
      const racers = Array.from({ length: 100 }, (_, i) => storage.log.append(commit('hundred', 1, { commandId: `w${i}` })));
      const results = await Promise.allSettled(racers);
      expect(results.filter((r) => r.status === 'fulfilled')).toHaveLength(1);
    });

    it('pages over more than a megabyte', async () => {
      const large = 'x'.repeat(50_000);
      for (let seq = 1; seq <= 30; seq++) await storage.log.append(commit('large', seq, { events: [held('application', large)] }));
      expect((await all(storage.log, 'large')).map((c) => c.seq)).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
    });

    it('takes 100 decisions at once without a gap, each once', async () => {
      await service('many').decide(pipelineDefined('p0'), { by: 'test', commandId: 'p0' });
      const racers = Array.from({ length: 100 }, (_, i) =>
        service('many').decide(pipelineDefined(`p${i + 1}`), { by: 'test', commandId: `p${i + 1}` }),
      );
      await Promise.all(racers);
      const commits = await all(storage.log, 'many');
      expect(commits.map((c) => c.seq)).toEqual(Array.from({ length: 101 }, (_, i) => i + 1));
      expect(new Set(commits.map((c) => c.commandId)).size).toBe(101);
    }, 60_000);

    it('adds nothing when a writer that died after its append repeats itself', async () => {
      const act = { by: 'test', commandId: 'define' };
      await service('died').decide(pipelineDefined('p'), act);
      const again = await service('died').decide(pipelineDefined('p'), act);
      expect(again).toMatchObject({ repeated: true, events: [{ type: 'PipelineDefined', pipeline: 'p' }] });
      expect(await all(storage.log, 'died')).toHaveLength(1);
    });

    it('gives the same state with a snapshot that is missing, stale or of other code', async () => {
      const writer = service('snap');
      for (let i = 0; i < 120; i++) await writer.decide(pipelineDefined(`p${i}`), { by: 'test', commandId: `p${i}` });
      const fromStart = await service('snap', new MemoryViews()).state();
      expect((await storage.views.loadSnapshot('snap', CodeUnderTest))?.seq).toBe(100);
      expect(await service('snap').state()).toEqual(fromStart);
      const otherCode = new Service('snap', {
        log: storage.log,
        views: storage.views,
        clock: testClock,
        backOff: async () => {},
        code: 'other',
      });
      expect(await otherCode.state()).toEqual(fromStart);
    }, 60_000);
  });

  describe(`${name} as views`, () => {
    let storage: Storage;
    beforeAll(async () => {
      storage = await open();
    });
    afterAll(() => storage.close());

    it('keeps a snapshot only when it is newer, and one for each code', async () => {
      const snapshot = (seq: number, code = 'a') => ({ stream: 's', code, seq, state: { seq } });
      await storage.views.saveSnapshot(snapshot(5));
      await storage.views.saveSnapshot(snapshot(3));
      await storage.views.saveSnapshot(snapshot(4, 'b'));
      expect(await storage.views.loadSnapshot('s', 'a')).toEqual(snapshot(5));
      expect(await storage.views.loadSnapshot('s', 'b')).toEqual(snapshot(4, 'b'));
      expect(await storage.views.loadSnapshot('t', 'a')).toBeNull();
    });

    it('keeps waiters by key until they are removed', async () => {
      const waiter = (key: string, token: string) => ({ key, token, expiresAt: '2026-11-02T10:00:00.000Z' });
      for (const w of [waiter('alarm', '1'), waiter('alarm', '2'), waiter('service', '3')]) await storage.views.addWaiter(w);
      await storage.views.removeWaiter('alarm', '1');
      await storage.views.removeWaiter('alarm', 'unknown');
      expect(await storage.views.waiters('alarm')).toEqual([waiter('alarm', '2')]);
      expect(await storage.views.waiters('nobody')).toEqual([]);
    });
  });
}
