export { highSeverityAlarms } from './alarms.ts';
export type {
  AlarmDefinition,
  AlarmsDefinition,
  BakePolicy,
  DataPoint,
  Freeze,
  HealthPolicy,
  PipelineDefinition,
  RollOutPolicy,
  WindowsDefinition,
} from './definition.ts';
export { type Bakes, businessHours, fleet, fleetConfiguration, git, Pipeline } from './pipeline.ts';
export { CATALOGUE, type Catalogue, type RegionEntry } from './regions.ts';
export type { BoxContext, Dependency, Incident, Rehearsal, RequestKind } from './rehearsal.ts';
export { type Waves, wavesOf, wavesOfIncreasingSize } from './waves.ts';
