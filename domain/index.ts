export { highSeverityAlarms } from './pipeline/alarms.ts';
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
} from './pipeline/definition.ts';
export {
  type Bakes,
  businessHours,
  codeCommit,
  fleet,
  fleetConfiguration,
  git,
  gitHub,
  lambdaAlias,
  type Mainline,
  Pipeline,
} from './pipeline/pipeline.ts';
export { CATALOGUE, type Catalogue, type RegionEntry } from './pipeline/regions.ts';
export type { BoxContext, Dependency, Incident, Rehearsal, RequestKind } from './pipeline/rehearsal.ts';
export { type Waves, wavesOf, wavesOfIncreasingSize } from './pipeline/waves.ts';
