import type { Source } from '../../domain/ports.ts';

/** An adapter that synthesis bundles and nothing calls. */
const never = async (): Promise<never> => {
  throw new Error('nothing runs at synthesis');
};

export const source = (): Source => ({ newest: never, isAncestor: never, revisions: never });
