import { expect, it } from 'vitest';
import type { LogEvent } from '../../domain/line-events.ts';
import type { Commit } from '../../domain/ports.ts';
import { inOrder, streamsOf } from '../../local/streams.ts';

const STREAMS = streamsOf(['orders/FrontEndApi/application', 'orders/FrontEndApi/configuration']);

it('are the service’s, its team’s, and that of everything', () => {
  expect(STREAMS).toEqual({ service: 'service#orders/FrontEndApi', lines: ['everything', 'team#orders'] });
});

it('make one story: by time, at the same time the lines before the service, and each stream as it is', () => {
  const commit = (stream: string, seq: number, minute: number): Commit<LogEvent> => ({
    stream,
    seq,
    at: `2026-11-02T09:${String(minute).padStart(2, '0')}:00.000Z`,
    by: 'test',
    commandId: `${seq}`,
    schemaVersion: 1,
    events: [],
  });
  const { service } = STREAMS;
  const commits = [
    commit(service, 1, 1),
    commit(service, 2, 1),
    commit(service, 3, 3),
    commit('team#orders', 1, 1),
    commit('everything', 1, 2),
  ];
  expect(inOrder(commits, STREAMS).map((c) => [c.stream, c.seq])).toEqual([
    ['team#orders', 1],
    [service, 1],
    [service, 2],
    ['everything', 1],
    [service, 3],
  ]);
});
