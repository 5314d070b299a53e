export type { ServiceName } from '../aws/alarm-names.ts';
export type { Targets } from '../aws/places.ts';
export { DeployedPipeline, type DeployedPipelineProps } from './deployed-pipeline.ts';
export { Groundswell, type GroundswellProps, type PortAdapter } from './groundswell.ts';
export type { Statement } from './permissions.ts';
export { RegionAccess, type RegionAccessProps } from './region-access.ts';
export { ServiceAlarms, type ServiceAlarmsProps } from './service-alarms.ts';
export { type CanaryCheck, ServiceCanary, type ServiceCanaryProps } from './service-canary.ts';
export { TeamAlarms, type TeamAlarmsProps, type TeamService } from './team-alarms.ts';
