import type { Builder, Clock, Executions, Health, Notifier, Source, Target, Views, Waker } from '../domain/ports.ts';
import type { Line, Service } from './decide.ts';
import type { ServiceId } from './pipeline-id.ts';

/** What a decision needs, and whatever follows from it in the log and its waits. */
export type LogPorts = Pick<Ports, 'service' | 'line' | 'clock' | 'views' | 'waker'>;

/** What a decision needs, and these. */
export type With<Port extends keyof Ports> = LogPorts & Pick<Ports, Port>;

/** What the handlers need of the world. The same handler runs in Lambda and on one machine. */
export interface Ports {
  service(id: ServiceId): Service;
  /** `team#<team>`, or `everything`. */
  line(stream: string): Line;
  readonly clock: Clock;
  readonly views: Views;
  readonly waker: Waker;
  readonly executions: Executions;
  readonly target: Target;
  readonly health: Health;
  readonly source: Source;
  readonly builder: Builder;
  readonly notifier: Notifier;
}
