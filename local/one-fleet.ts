import { isDeepStrictEqual } from 'node:util';
import { InvalidInput } from '../domain/errors.ts';
import type { CompiledPipeline } from '../domain/pipeline/compile.ts';
import type { PipelineDefinition } from '../domain/pipeline/definition.ts';
import { repositoryOf } from '../domain/pipeline/source.ts';
import { boxesPerCell } from '../domain/pipeline/target.ts';
import { type FleetKind, fleetKindOf } from './archive.ts';

/** What the pipelines of one fleet must have alike. */
const SHARED: readonly { readonly field: string; readonly why: string; readonly of: (definition: PipelineDefinition) => unknown }[] = [
  { field: 'source.repository', why: 'a rehearsal replays one repository', of: (d) => repositoryOf(d.source) },
  { field: 'source.branch', why: 'a rehearsal replays one mainline', of: (d) => d.source.branch },
  { field: 'target.boxesPerCell', why: 'they are the same boxes', of: (d) => boxesPerCell(d.target) },
  { field: 'stages', why: 'both deploy to every Region, cell and one-box of the service, in whatever waves', of: placesIn },
  { field: 'alarms', why: 'the alarms are the service’s', of: (d) => d.alarms },
];

/** Region → its cells and its one-box's share. */
function placesIn({ stages }: PipelineDefinition): Readonly<Record<string, unknown>> {
  const places = stages.flatMap((s) => s.regions.map(({ region, cells }) => [region, [s.oneBox.requestPercent, ...cells]] as const));
  return Object.fromEntries(places.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * Of the pipelines that are rehearsed together the one that deploys the code; at most one other deploys its configuration.
 * @throws InvalidInput that names the field in which they do not go together
 */
export function applicationOf(pipelines: readonly CompiledPipeline[]): CompiledPipeline {
  const [first] = pipelines;
  const other = pipelines.find((p) => p.definition.service !== first?.definition.service)?.definition;
  if (other !== undefined)
    throw new InvalidInput(
      `${other.pipeline}: service: '${other.service}'; expected '${first?.definition.service}': a rehearsal has the pipelines of one service`,
    );
  const ofKind = (kind: FleetKind) => pipelines.filter((p) => fleetKindOf(p.definition.target) === kind);
  const named = (found: readonly CompiledPipeline[]) => found.map((p) => p.definition.pipeline).join(', ') || 'none';
  const [code, configurations] = [ofKind('fleet'), ofKind('fleetConfiguration')];
  const [application] = code;
  if (application === undefined || code.length > 1)
    throw new InvalidInput(`target: ${named(code)} with fleet({ … }) or lambdaAlias({ … }); expected one pipeline that deploys the code`);
  if (configurations.length > 1)
    throw new InvalidInput(`target: ${named(configurations)} with fleetConfiguration({ … }); expected one at most`);
  for (const { definition } of configurations) for (const shared of SHARED) checkShared(definition, application.definition, shared);
  return application;
}

function checkShared(definition: PipelineDefinition, application: PipelineDefinition, { field, why, of }: (typeof SHARED)[number]): void {
  const [own, expected] = [of(definition), of(application)];
  if (isDeepStrictEqual(own, expected)) return;
  const [told, wanted] = typeof own === 'object' ? ['not the same', 'the same'] : [JSON.stringify(own), JSON.stringify(expected)];
  throw new InvalidInput(`${definition.pipeline}: ${field}: ${told}; expected ${wanted} as ${application.pipeline} has: ${why}`);
}

/** Every alarm of the organisation that one of them names. */
export const organisationAlarmsOf = (pipelines: readonly CompiledPipeline[]): readonly string[] => [
  ...new Set(pipelines.flatMap((p) => p.definition.organisationAlarms)),
];
