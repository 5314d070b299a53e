import { lookForEnd } from './looking.ts';
import type { LogPorts } from './ports.ts';
import { openRelease, releaseInput } from './release-scope.ts';

/** Appends ReleaseRolledBack once every cell of its scope is back, by whichever execution. Cells that are to go back again are found anew. */
export const finishRollback = (ports: LogPorts) => async (payload: unknown) => {
  const scope = await openRelease(ports, releaseInput.parse(payload));
  const { outcome } = await lookForEnd(scope);
  return { outcome, execution: scope.name('back-rest') };
};
