import { plusSeconds } from '../domain/dated.ts';
import type { Event } from '../domain/events.ts';
import type { Commit, EventLog, Views, Waker } from '../domain/ports.ts';
import type { LogPorts, Ports } from './ports.ts';

/** What a wait is for; it says which events end it. `region`: somebody else's batches go on there. */
export const PURPOSES = ['enter', 'bake', 'back', 'deploy', 'region'] as const;
export type Purpose = (typeof PURPOSES)[number];

const WAKES: Partial<Record<Event['type'], readonly Purpose[]>> = {
  AlarmRaised: PURPOSES,
  RollbackStarted: PURPOSES,
  RollbackFailed: PURPOSES,
  PipelineResumed: PURPOSES,
  PipelineDefined: ['enter', 'bake'],
  CellRolledBack: ['back', 'deploy'],
  BlockerOverridden: ['enter'],
  StepEntered: ['enter'],
  BakeStarted: ['region'],
  ReleaseExpedited: ['enter', 'bake'],
  ExpediteEnded: ['enter', 'bake'],
  ReleasePromoted: ['enter'],
  ReleaseRolledBack: ['enter'],
  ReleaseQuarantined: ['enter'],
  QuarantineLifted: ['enter'],
  ReleaseSuperseded: ['enter'],
  ReleaseCompleted: ['enter'],
};

const wokenBy = (events: readonly Event[]): readonly Purpose[] => PURPOSES.filter((p) => events.some((e) => WAKES[e.type]?.includes(p)));

const waiterKey = (stream: string, purpose: Purpose): string => `${stream}#${purpose}`;

/** Ends every wait that these events concern. */
export const wakeFor = (ports: Pick<Ports, 'views' | 'waker'>, stream: string, events: readonly Event[]): Promise<void> =>
  wake(ports, stream, wokenBy(events));

/** Ends every wait of these purposes. A token that is lost costs one time-out. */
export async function wake(ports: Pick<Ports, 'views' | 'waker'>, stream: string, purposes: readonly Purpose[]): Promise<void> {
  for (const purpose of purposes) await wakeUnder(ports, waiterKey(stream, purpose), { outcome: 'woken' });
}

/** Answers every token under a key, each once. */
export async function wakeUnder(
  { views, waker }: { readonly views: Pick<Views, 'waiters' | 'removeWaiter'>; readonly waker: Waker },
  key: string,
  output: unknown,
): Promise<void> {
  for (const { token } of await views.waiters(key)) {
    await views.removeWaiter(key, token);
    await waker.wake(token, output);
  }
}

export async function waitFor({ views, clock }: LogPorts, stream: string, purpose: Purpose, token: string, seconds: number): Promise<void> {
  const expiresAt = plusSeconds(clock.now(), seconds);
  await views.addWaiter({ key: waiterKey(stream, purpose), token, expiresAt });
}

/** Whether anything that ends such a wait has happened since the look. */
export async function isConcerned(log: EventLog, stream: string, purposes: readonly Purpose[], since: number): Promise<boolean> {
  for await (const commit of log.read(stream, since)) {
    if (wokenBy((commit as Commit<Event>).events).some((p) => purposes.includes(p))) return true;
  }
  return false;
}
