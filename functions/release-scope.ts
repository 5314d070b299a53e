import * as z from 'zod';
import type { Command } from '../domain/commands.ts';
import { StaleAttempt } from '../domain/errors.ts';
import type { Event } from '../domain/events.ts';
import type { Instant } from '../domain/ports.ts';
import type { PipelineState, ReleaseState, ServiceState } from '../domain/state.ts';
import type { Folded, Service } from './decide.ts';
import { decideAndWake } from './decide-and-wake.ts';
import { executionName, type PipelineId, parsePipelineId } from './pipeline-id.ts';
import type { LogPorts } from './ports.ts';

/** What every state of a release hands to its function. */
export const releaseInput = z.object({ pipeline: z.string(), release: z.int().positive(), attempt: z.int().positive() });
export type ReleaseInput = z.infer<typeof releaseInput>;

/** One release as the log has it now, for one handler call. */
export interface ReleaseScope {
  readonly id: PipelineId;
  readonly service: Service;
  readonly state: ServiceState;
  readonly pipeline: PipelineState;
  readonly release: ReleaseState;
  /** The newest commit that it shows. */
  readonly seq: number;
  /** Of this instant and attempt: what a child execution is called. */
  name(what: string): string;
  /** Decides, wakes whom it concerns, and gives the release as it then is. `act` names the logical act, the same for every retry. */
  decide(act: string, command: Command): Promise<ReleaseScope & { readonly events: readonly Event[] }>;
}

/** @throws StaleAttempt when a newer attempt goes on with the release. */
export async function openRelease(ports: LogPorts, input: ReleaseInput): Promise<ReleaseScope> {
  const id = parsePipelineId(input.pipeline);
  const service = ports.service(id);
  return scopeOf(ports, id, service, await service.read(), input);
}

function scopeOf(ports: LogPorts, id: PipelineId, service: Service, { seq, state }: Folded, input: ReleaseInput): ReleaseScope {
  const pipeline = state.pipelines[id.pipeline];
  const release = pipeline?.releases[input.release];
  if (pipeline === undefined || release === undefined) throw new StaleAttempt(input.release, input.attempt, 0);
  if (release.attempt > input.attempt) throw new StaleAttempt(input.release, input.attempt, release.attempt);
  return {
    id,
    service,
    state,
    pipeline,
    release,
    seq,
    name: (what) => executionName(id, input.release, input.attempt, `${what}-t${tick(ports.clock.now())}`),
    decide: async (act, command) => {
      const by = executionName(id, input.release, input.attempt);
      const decision = await decideAndWake(
        ports,
        id,
        command,
        { by, commandId: `${id.pipeline}-r${input.release}/${act}` },
        { seq, state },
      );
      return { ...scopeOf(ports, id, service, decision, input), events: decision.events };
    },
  };
}

/** Seconds since 2020 in base 36. */
const tick = (now: Instant): string => Math.floor((Date.parse(now) - Date.parse('2020-01-01T00:00:00Z')) / 1000).toString(36);
