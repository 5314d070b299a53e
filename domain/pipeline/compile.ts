import { createHash } from 'node:crypto';
import type * as z from 'zod';
import { InvalidInput } from '../errors.ts';
import { checkTarget } from './check-target.ts';
import { checkTimes } from './check-times.ts';
import { type PipelineDefinition, pipelineDefinitionSchema, type SafetyException, type StageDefinition } from './definition.ts';
import type { Pipeline } from './pipeline.ts';
import { type Catalogue, regionIn } from './regions.ts';
import { rollOutSeconds } from './rolling.ts';
import { boxesPerCell } from './target.ts';

export interface CompiledPipeline {
  readonly definition: PipelineDefinition;
  /** SHA-256 of the definition's content: the same for equal content. */
  readonly hash: string;
  /** The Regions that it chose from. */
  readonly catalogue: Catalogue;
}

/**
 * The pipelines of a file, which exports one class by default, or a list of them: all of one team.
 * @throws InvalidInput as `compile` does, with the pipeline's name where there are several
 */
export function compileAll(exported: unknown): readonly [CompiledPipeline, ...CompiledPipeline[]] {
  if (!Array.isArray(exported)) return [compile(exported)];
  const compiled = exported
    .map((item) => instantiate(item, 'in its list'))
    .map((pipeline) => {
      try {
        return compile(pipeline);
      } catch (error) {
        throw error instanceof InvalidInput ? new InvalidInput(`${pipeline.pipeline}: ${error.message}`, { cause: error }) : error;
      }
    });
  const [first, ...others] = compiled;
  if (first === undefined)
    throw new InvalidInput('the pipeline file exports an empty list by default; expected classes that extend Pipeline');
  checkTogether(
    first.definition,
    others.map((c) => c.definition),
  );
  return [first, ...others];
}

function checkTogether(first: PipelineDefinition, others: readonly PipelineDefinition[]): void {
  for (const [i, { team, service, pipeline }] of others.entries()) {
    if (team !== first.team)
      throw new InvalidInput(`${pipeline}: team: '${team}'; expected '${first.team}': the pipelines of a file are one team's`);
    if ([first, ...others.slice(0, i)].some((d) => d.service === service && d.pipeline === pipeline))
      throw new InvalidInput(`pipeline: '${pipeline}' twice in ${service}; expected another name for each`);
  }
}

/** @throws InvalidInput with the field, its value and what was expected. */
export function compile(exported: unknown): CompiledPipeline {
  const pipeline = instantiate(exported);
  const parsed = pipelineDefinitionSchema.safeParse(pipeline.toDefinition());
  if (!parsed.success) throw new InvalidInput(firstIssue(parsed.error, pipeline));
  checkTarget(parsed.data);
  checkSafety(parsed.data);
  checkPlaces(parsed.data, pipeline.catalogue);
  checkTimes(parsed.data);
  checkExpediting(parsed.data);
  return { definition: parsed.data, hash: contentHash(parsed.data), catalogue: pipeline.catalogue };
}

/** By what it can do: a pipeline file may have been loaded beside another copy of this module. */
const isPipeline = (value: unknown): value is Pipeline => typeof value === 'object' && value !== null && 'toDefinition' in value;

function instantiate(exported: unknown, where = 'by default'): Pipeline {
  if (isPipeline(exported)) return exported;
  if (typeof exported === 'function' && isPipeline(exported.prototype)) return new (exported as new () => Pipeline)();
  throw new InvalidInput(
    `the pipeline file exports ${exported === undefined ? 'nothing' : typeof exported} ${where}; expected a class that extends Pipeline`,
  );
}

function firstIssue(error: z.ZodError, pipeline: Pipeline): string {
  const issue = error.issues[0];
  if (issue === undefined) return 'the definition is not valid';
  const value = issue.path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], pipeline.toDefinition());
  return `${issue.path.join('.')}: ${JSON.stringify(value) ?? 'undefined'}: ${issue.message}`;
}

/** JSON with sorted keys, so that equal content has equal bytes. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, v: unknown) =>
    v !== null && typeof v === 'object' && !Array.isArray(v)
      ? Object.fromEntries(Object.entries(v).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : v,
  );

export const contentHash = (definition: PipelineDefinition): string => createHash('sha256').update(canonical(definition)).digest('hex');

/** A definition that breaks a safety rule is refused unless it says so in the field made for it. */
function checkSafety(definition: PipelineDefinition): void {
  const refuse = (exception: SafetyException, field: string, value: number, expected: string): void => {
    if (!definition.exceptions.includes(exception))
      throw new InvalidInput(`${field}: ${value}; expected ${expected}, or '${exception}' among the exceptions`);
  };
  for (const stage of definition.stages) {
    const at = `stages.${stage.id}`;
    const { requestPercent } = stage.oneBox;
    if (requestPercent > 10) refuse('oneBoxOverTenPercent', `${at}.oneBox.requestPercent`, requestPercent, 'at most 10 % of the requests');
    for (const [name, bake] of [
      ['oneBox.bake', stage.oneBox.bake],
      ['bake', stage.bake],
    ] as const) {
      if (bake.seconds === 0) refuse('waveWithoutBake', `${at}.${name}.seconds`, 0, 'a bake');
    }
    const { batchPercent, minHealthyPercent } = stage.cells.rollOut;
    if (rollOutSeconds(boxesPerCell(definition.target), stage.cells.rollOut) === null)
      throw new InvalidInput(
        `${at}.cells.rollOut.minHealthyPercent: ${minHealthyPercent}; expected a share that lets one of ${boxesPerCell(definition.target)} boxes go`,
      );
    if (batchPercent > 33)
      refuse('batchOverThirdOfCell', `${at}.cells.rollOut.batchPercent`, batchPercent, 'at most 33 % of a cell at once');
    if (minHealthyPercent < 66)
      refuse('lessThanTwoThirdsHealthy', `${at}.cells.rollOut.minHealthyPercent`, minHealthyPercent, 'at least 66 % healthy');
  }
}

function checkExpediting({ expediting }: PipelineDefinition): void {
  if (expediting === null) return;
  const { principals, approvals } = expediting;
  const twice = principals.find((p, i) => principals.indexOf(p) !== i);
  if (twice !== undefined) throw new InvalidInput(`expediting.principals: '${twice}' is there twice; expected each once`);
  if (approvals > principals.length)
    throw new InvalidInput(`expediting.approvals: ${approvals}; expected at most the ${principals.length} principals that there are`);
}

function checkPlaces(definition: PipelineDefinition, catalogue: Catalogue): void {
  const home = regionIn(catalogue, definition.homeRegion, 'homeRegion');
  const seen = new Map<string, string>();
  for (const stage of definition.stages) for (const place of stage.regions) checkPlace(stage, place, seen);

  function checkPlace(stage: StageDefinition, { region, cells }: StageDefinition['regions'][number], before: Map<string, string>): void {
    const field = `stages.${stage.id}.regions`;
    const { partition, zones } = regionIn(catalogue, region, field);
    if (partition !== home.partition) {
      throw new InvalidInput(
        `${field}: '${region}' is in partition ${partition} and the home Region ${home.region} in ${home.partition}: no role or event crosses partitions`,
      );
    }
    const twice = before.get(region);
    if (twice !== undefined) throw new InvalidInput(`${field}: '${region}' is in ${twice} already; a Region belongs to one wave`);
    before.set(region, stage.id);
    if (cells.includes('one-box'))
      throw new InvalidInput(`${field}: ${region} names a cell 'one-box'; expected another name, for that is the Region's one-box`);
    const repeated = cells.find((c, i) => cells.indexOf(c) !== i);
    if (repeated !== undefined) throw new InvalidInput(`${field}: ${region} names cell '${repeated}' twice`);
    const unknown = cells.find((c) => c.startsWith(region) && !zones.includes(c));
    if (unknown !== undefined) throw new InvalidInput(`${field}: '${unknown}' is no zone of ${region}; expected ${zones.join(', ')}`);
  }
}
