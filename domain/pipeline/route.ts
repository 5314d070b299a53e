import type { PipelineState, ReleaseState } from '../state.ts';
import type { PipelineDefinition } from './definition.ts';
import { type Plan, type PlannedStage, type PlannedStep, planOf } from './plan.ts';
import { boxesPerCell } from './target.ts';

/** One step of a release's route, and the stage it belongs to. */
export interface RouteStep extends PlannedStep {
  readonly stage: PlannedStage;
  readonly isFirst: boolean;
  readonly isLast: boolean;
}

const routes = new WeakMap<PipelineDefinition, readonly RouteStep[]>();

/** The steps of a definition one after the other. */
export function routeOf(definition: PipelineDefinition): readonly RouteStep[] {
  const known = routes.get(definition);
  if (known !== undefined) return known;
  const plan: Plan = planOf(definition);
  const route = plan.stages.flatMap((stage) =>
    stage.steps.map((step, i): RouteStep => ({ ...step, stage, isFirst: i === 0, isLast: i === stage.steps.length - 1 })),
  );
  routes.set(definition, route);
  return route;
}

/** A release keeps the route of the definition it was created under, whatever is defined later. */
export function routeFor(pipeline: PipelineState, release: ReleaseState): readonly RouteStep[] {
  const definition = pipeline.definitions[release.definition];
  if (definition === undefined)
    throw new Error(`release ${release.number} routes by definition ${release.definition}, which is not remembered`);
  return routeOf(definition);
}

/** The step a release is in or waits for; undefined when it has passed them all. */
export const stepOf = (pipeline: PipelineState, release: ReleaseState): RouteStep | undefined => routeFor(pipeline, release)[release.at];

/** Policy is the newest definition's. */
export function policyOf(pipeline: PipelineState): PipelineDefinition {
  const definition = pipeline.definitions[pipeline.policy];
  if (definition === undefined) throw new Error(`${pipeline.name} has policy ${pipeline.policy}, which is not remembered`);
  return definition;
}

/** The first step of the first stage that the release has not been promoted out of; the route's length when there is none. */
export function nextStage(route: readonly RouteStep[], passed: readonly string[]): number {
  const next = route.findIndex((s) => !passed.includes(s.stage.id));
  return next < 0 ? route.length : next;
}

/** The Regions of a step, one by one. */
export const stageOf = (route: readonly RouteStep[], stage: string): PlannedStage | undefined =>
  route.find((s) => s.stage.id === stage)?.stage;

export const cellsOf = (stage: PlannedStage | undefined, region: string | null): readonly string[] =>
  (stage?.steps ?? []).flatMap((s) => s.cells.filter((c) => region === null || c.region === region).map((c) => c.id));

export const regionOf = (cell: string): string => cell.slice(0, cell.indexOf('/'));

/** How many boxes a cell of the step has when nothing is being deployed. */
export const boxesIn = (definition: PipelineDefinition, step: Pick<PlannedStep, 'kind'>): number =>
  step.kind === 'one-box' ? 1 : boxesPerCell(definition.target);
