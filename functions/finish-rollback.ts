import { lookForEnd } from './looking.ts';
import type { Ports } from './ports.ts';
import { openRelease, releaseInput } from './release-scope.ts';

/** Appends ReleaseRolledBack once every cell of its scope is back, by whichever execution. */
export const finishRollback = (ports: Ports) => async (payload: unknown) => {
  const scope = await openRelease(ports, releaseInput.parse(payload));
  const { outcome } = await lookForEnd(ports, scope);
  return { outcome, execution: scope.name(`${scope.release.stay?.stage}-back-rest`) };
};
