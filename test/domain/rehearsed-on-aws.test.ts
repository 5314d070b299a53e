import { describe, expect, it } from 'vitest';
import { compile } from '../../domain/pipeline/compile.ts';
import type { PipelineDefinition } from '../../domain/pipeline/definition.ts';
import { checkRehearsedOnAws, waitAtMost } from '../../domain/pipeline/rehearsed-on-aws.ts';
import { ArticlePipeline } from './article-pipeline.ts';

const EMULATOR = '000000000000';
const REAL = '111122223333';

class Fast extends ArticlePipeline {
  override bake() {
    return { ...super.bake(), cellSeconds: 3 };
  }
}
class Rehearsed extends Fast {
  override rehearsedOnAws: PipelineDefinition['rehearsedOnAws'] | null = { recheckSeconds: 2 };
}
class WithoutBake extends Fast {
  override exceptions = ['waveWithoutBake'] as const;
}
const [usual, fast, rehearsed, without] = [ArticlePipeline, Fast, Rehearsed, WithoutBake].map((p) => compile(p).definition) as [
  PipelineDefinition,
  PipelineDefinition,
  PipelineDefinition,
  PipelineDefinition,
];

describe('a definition for an emulator of AWS', () => {
  it('looks sooner than it would, and no other does', () => {
    expect([900, 1].map((seconds) => waitAtMost(rehearsed, seconds))).toEqual([2, 1]);
    expect(waitAtMost(usual, 900)).toBe(900);
  });

  it('is refused where an account is a real one, with the field and the account', () => {
    expect(() => checkRehearsedOnAws(rehearsed, [EMULATOR])).not.toThrow();
    expect(() => checkRehearsedOnAws(rehearsed, [EMULATOR, REAL])).toThrow(
      `rehearsedOnAws: {"recheckSeconds":2}; expected none: ${REAL} is no account of an emulator`,
    );
  });
});

describe('a bake that is shorter than any period of an alarm', () => {
  it('is refused on AWS, with the field and its value', () => {
    for (const account of [REAL, EMULATOR])
      expect(() => checkRehearsedOnAws(fast, [account])).toThrow(
        "stages.wave-1.cells.bake.seconds: 3; expected at least 60, the shortest period of an alarm, or 'waveWithoutBake' among the exceptions",
      );
    expect(() => checkRehearsedOnAws(usual, [REAL])).not.toThrow();
  });

  it('passes where the definition says that it has waves without a bake', () => {
    expect(() => checkRehearsedOnAws(without, [REAL])).not.toThrow();
  });
});
