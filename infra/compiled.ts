import { type CompiledPipeline, compile } from '../domain/pipeline/compile.ts';

const isCompiled = (pipeline: unknown): pipeline is CompiledPipeline =>
  typeof pipeline === 'object' && pipeline !== null && 'definition' in pipeline && 'hash' in pipeline;

/** Of a class that extends `Pipeline`, an instance of one, or what was compiled already. @throws InvalidInput */
export const compiledOf = (pipeline: unknown): CompiledPipeline => (isCompiled(pipeline) ? pipeline : compile(pipeline));
