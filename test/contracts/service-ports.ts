import type { Command } from '../../domain/commands.ts';
import type { Event } from '../../domain/events.ts';
import { compile } from '../../domain/pipeline/compile.ts';
import { wavesOf } from '../../domain/pipeline/waves.ts';
import type { Clock } from '../../domain/ports.ts';
import { ArticlePipeline } from '../domain/article-pipeline.ts';

export const testClock: Clock = { now: () => '2026-11-02T09:00:00.000Z' };
export const CodeUnderTest = 'code-under-test';

const { definition, hash } = compile(
  class extends ArticlePipeline {
    override waves = wavesOf(['eu-west-1']);
  },
);

export const pipelineDefined = (pipeline: string): Command => ({ type: 'DefinePipeline', pipeline, hash, definition, baseline: null });

export const held = (pipeline: string, reason: string): Event => ({ type: 'PipelineHeld', pipeline, reason, heldBy: 'someone' });
