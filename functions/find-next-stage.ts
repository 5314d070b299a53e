import { stepOf } from '../domain/pipeline/route.ts';
import type { LogPorts } from './ports.ts';
import { openRelease, releaseInput } from './release-scope.ts';

/** Which stage the release is in, comes to or leaves, or how it ended. */
export const findNextStage = (ports: LogPorts) => async (payload: unknown) => {
  const { pipeline, release, name } = await openRelease(ports, releaseInput.parse(payload));
  if (release.status === 'completed' || release.status === 'superseded') return { outcome: release.status };
  const stage = release.status === 'goingBack' ? release.leaving[0]?.stage : stepOf(pipeline, release)?.stage.id;
  if (release.status === 'rolledBack' || release.status === 'refused' || stage === undefined) return { outcome: 'rolled back' };
  return { outcome: 'stage', stage, execution: name(stage) };
};
