export type { Targets } from '../aws/places.ts';
export { Groundswell, type GroundswellProps, type MissingPort, type PortAdapter } from './groundswell.ts';
export type { Statement } from './permissions.ts';
