export { InvalidInput } from '../domain/errors.ts';
export { type ReleaseStart, type StartedRelease, startRelease } from './start-release.ts';
