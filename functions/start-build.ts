import * as z from 'zod';
import type { With } from './ports.ts';
import { openRelease, releaseInput } from './release-scope.ts';

const input = releaseInput.extend({ token: z.string() });

/** Starts the build, or finds the one that was started before; the builder wakes the token at its end. */
export const startBuild = (ports: With<'builder'>) => async (payload: unknown) => {
  const { token, ...ids } = input.parse(payload);
  const { release, pipeline, id } = await openRelease(ports, ids);
  const definition = pipeline.definitions[release.definition];
  if (release.status !== 'building' || definition === undefined) return ports.waker.wake(token, { outcome: 'woken' });
  return ports.builder.start({ pipeline: id.id, release: release.number, revision: release.revision }, definition, token);
};
