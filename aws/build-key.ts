import type { BuildKey } from '../domain/ports.ts';

export type BuildOf = Pick<BuildKey, 'pipeline' | 'revision'>;

/** What lies under it in the artifact bucket of the home Region is about builds. */
export const BUILDS = 'builds/';

/** `builds/<team>/<service>/<pipeline>/<revision>`, with `.zip` for what was built, `.failed` for why not, `.wanted` for when it was asked for. */
export const buildPath = ({ pipeline, revision }: BuildOf): string => `${BUILDS}${pipeline}/${revision}`;

/** Under it waits who asked for a build. */
export const buildWaiterKey = (of: BuildOf): string => `build#${of.pipeline}/${of.revision}`;

/** The build that an object ends; null when it ends none. */
export function buildEndedBy(objectKey: string): BuildOf | null {
  const [, pipeline, revision] = /^builds\/([^/]+\/[^/]+\/[^/]+)\/([^/]+)\.(?:zip|failed)$/.exec(objectKey) ?? [];
  return pipeline === undefined || revision === undefined ? null : { pipeline, revision };
}
