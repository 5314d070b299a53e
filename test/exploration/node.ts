import type { Command, Where } from '../../domain/commands.ts';
import { decide } from '../../domain/decide.ts';
import type { Look } from '../../domain/entry/entering.ts';
import { initialLine, type LineState } from '../../domain/entry/line.ts';
import type { Event } from '../../domain/events.ts';
import { evolve } from '../../domain/evolve.ts';
import type { compile } from '../../domain/pipeline/compile.ts';
import type { Instant, Version } from '../../domain/ports.ts';
import { initialState, type PipelineState, type ServiceState } from '../../domain/state.ts';

/** What may still go wrong. */
export interface Budget {
  readonly alarms: number;
  readonly failures: number;
  readonly failuresBack: number;
  readonly holds: number;
  /** Releases that people may expedite. */
  readonly expedites: number;
  /** Of an alarm, by a person. */
  readonly overrides: number;
  /** Rollbacks by hand, and quarantines that a person lifts. */
  readonly takenBack: number;
  readonly lifts: number;
}

export interface Configuration {
  readonly name: string;
  readonly pipelines: readonly { readonly compiled: ReturnType<typeof compile>; readonly releases: number }[];
  readonly budget: Budget;
  /** Whether a look and the decision on it may lie apart. */
  readonly looksApart?: boolean;
  /** `<service>/<pipeline>` whose first release is to blame: alarms go off only where it runs. Without it they go off anywhere. */
  readonly culprit?: string;
  /** Where a person takes releases back. */
  readonly where?: readonly Where[];
  /** Whether a release may bring the revert of the one before it although nothing is quarantined yet. */
  readonly fixesAhead?: boolean;
}

export interface Alarm {
  readonly isOn: boolean;
  readonly changedAt: Instant | null;
  readonly wentOff: readonly Instant[];
  /** Whether the culprit had something unpromoted there when it last went off. */
  readonly isCulpritThere: boolean;
}

/** What the streams of a team say, and the world around it. */
export interface Node {
  readonly services: Readonly<Record<string, ServiceState>>;
  readonly line: LineState;
  readonly alarms: Readonly<Record<string, Alarm>>;
  /** Alarm events that are under way, each to one service. */
  readonly messages: readonly { readonly service: string; readonly region: string; readonly changedAt: Instant }[];
  /** Looks that were taken and not decided on yet, by pipeline and release. */
  readonly looks: Readonly<Record<string, Look>>;
  readonly budget: Budget;
  /** Whether a person took a Region alone back: its cells then run another release than the others of the wave. */
  readonly hasNarrowed?: boolean;
  readonly now: number;
}

export interface Edge {
  readonly label: string;
  readonly node: Node;
  /** The service whose stream the events are on. */
  readonly service: string;
  readonly events: readonly Event[];
}

/** One pipeline as the node has it. */
export interface Part {
  readonly service: string;
  readonly name: string;
  /** `<service>/<pipeline>` */
  readonly id: string;
  readonly state: ServiceState;
  readonly pipeline: PipelineState;
}

export const BASELINE: Version = { release: 0, version: 'v0', checksum: '0' };
/** Longer than any settling: only the order of things matters, so the space is finite. */
export const TICK_MS = 3_600_000;

export const instant = (ms: number): Instant => new Date(ms).toISOString();

export const partsOf = (node: Node): readonly Part[] =>
  Object.entries(node.services).flatMap(([service, state]) =>
    Object.values(state.pipelines).map((pipeline) => ({
      service,
      name: pipeline.name,
      id: `${service}/${pipeline.name}`,
      state,
      pipeline,
    })),
  );

export function firstNode({ pipelines, budget }: Configuration): Node {
  const services: Record<string, ServiceState> = {};
  for (const { definition, hash } of pipelines.map((p) => p.compiled)) {
    const state = services[definition.service] ?? initialState;
    const command = { type: 'DefinePipeline', pipeline: definition.pipeline, hash, definition, baseline: null } as const;
    services[definition.service] = decide(command, state, instant(0)).reduce(evolve, state);
  }
  return { services, line: initialLine, alarms: {}, messages: [], looks: {}, budget, now: 0 };
}

/** What these commands make of a service's stream, an instant later. */
export function after(
  node: Node,
  service: string,
  commands: readonly Command[],
  over: Partial<Node> = {},
): { node: Node; service: string; events: readonly Event[] } {
  const now = node.now + TICK_MS;
  let state = node.services[service] ?? initialState;
  const events: Event[] = [];
  for (const command of commands) {
    const made = decide(command, state, instant(now));
    state = made.reduce(evolve, state);
    events.push(...made);
  }
  return { node: { ...node, ...over, services: { ...node.services, [service]: state }, now }, service, events };
}
