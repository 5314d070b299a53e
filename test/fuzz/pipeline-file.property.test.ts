import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidInput } from '../../domain/errors.ts';
import { compile } from '../../domain/pipeline/compile.ts';
import { type PipelineDefinition, pipelineDefinitionSchema } from '../../domain/pipeline/definition.ts';
import { planOf } from '../../domain/pipeline/plan.ts';
import { ArticlePipeline } from '../domain/article-pipeline.ts';
import { garbage, isUnpolluted, spoiled } from './garbage.ts';

const RUNS = { numRuns: 2_000, seed: 1 };
const valid = new ArticlePipeline().toDefinition();
const small = { ...valid, stages: valid.stages.slice(0, 1) };

function outcomeOf(exported: unknown): ReturnType<typeof compile> | Error {
  try {
    return compile(exported);
  } catch (error) {
    return error as Error;
  }
}

function expectValidOrRefused(exported: unknown): void {
  const outcome = outcomeOf(exported);
  expect(isUnpolluted()).toBe(true);
  if (outcome instanceof Error) {
    expect(outcome).toBeInstanceOf(InvalidInput);
    expect(outcome.message).not.toContain('\n');
    expect(outcome.message).toMatch(/[:;] /);
    return;
  }
  const stored = JSON.parse(JSON.stringify(outcome.definition)) as PipelineDefinition;
  expect(pipelineDefinitionSchema.parse(stored)).toEqual(outcome.definition);
  expect(planOf(stored).stages.length).toBeGreaterThan(0);
}

describe('what a pipeline file exports', () => {
  it('is refused by one line that names the field, when it is no pipeline', () => {
    fc.assert(fc.property(garbage, expectValidOrRefused), RUNS);
  });

  it('is valid all through, or refused, whatever one of its fields says', () => {
    const exported = spoiled(small).map(
      (definition) =>
        class extends ArticlePipeline {
          override toDefinition() {
            return definition as PipelineDefinition;
          }
        },
    );
    fc.assert(fc.property(exported, expectValidOrRefused), RUNS);
  });

  it.each(['constructor', 'toString', 'hasOwnProperty', 'valueOf', '__proto__'])(
    'is refused with the name %s, which every object has',
    (name) => {
      for (const field of ['team', 'service', 'pipeline'] as const) {
        class Named extends ArticlePipeline {
          override toDefinition() {
            return { ...small, [field]: name };
          }
        }
        expect(() => compile(Named)).toThrow(`${field}: "${name}": expected letters, digits`);
      }
    },
  );
});
