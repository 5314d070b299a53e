import type { Source } from '../../domain/ports.ts';

/** A team's own adapter, which synthesis bundles and nothing calls. */
const never = async (): Promise<never> => {
  throw new Error('nothing runs at synthesis');
};

export const source = (): Source => ({ newest: never, isAncestor: never, revisions: never });
