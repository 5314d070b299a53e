import type { Builder, Health, Source, Target } from '../../domain/ports.ts';

/** Adapters that synthesis bundles and nothing calls. */
const never = async (): Promise<never> => {
  throw new Error('nothing runs at synthesis');
};

export const source = (): Source => ({ newest: never, isAncestor: never, revisions: never });
export const builder = (): Builder => ({ start: never, result: never });
export const target = (): Target => ({ current: never, deployBatch: never });
export const health = (): Health => ({ alarms: never, count: never, served: never });
