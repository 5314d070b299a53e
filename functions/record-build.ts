import type { With } from './ports.ts';
import { openRelease, releaseInput } from './release-scope.ts';

/** Appends how the build ended. */
export const recordBuild = (ports: With<'builder'>) => async (payload: unknown) => {
  const ids = releaseInput.parse(payload);
  const scope = await openRelease(ports, ids);
  const { release, id } = scope;
  if (release.status !== 'building') return { outcome: release.status === 'refused' ? 'failed' : 'built' };
  const result = await ports.builder.result({ pipeline: id.id, release: release.number, revision: release.revision });
  if (result.status === 'running') return { outcome: 'running' };
  const after = await scope.decide('build/record', { type: 'RecordBuild', pipeline: id.pipeline, release: release.number, result });
  return { outcome: after.release.status === 'refused' ? 'failed' : 'built' };
};
