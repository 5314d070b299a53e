import { startRelease } from './create-release.ts';
import type { With } from './ports.ts';

/**
 * A push to the mainline: makes the release of the pipeline's newest commit and starts its first attempt. The same event again starts nothing,
 * nor does a push without a commit of the pipeline.
 */
export const onPush = (ports: With<'source' | 'executions'>) => (payload: unknown) => startRelease(ports, payload);
