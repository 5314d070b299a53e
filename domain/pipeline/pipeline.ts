import { InvalidInput } from '../errors.ts';
import { highSeverityAlarms } from './alarms.ts';
import type {
  AlarmsDefinition,
  BakePolicy,
  DataPoint,
  Freeze,
  HealthPolicy,
  PipelineDefinition,
  RollOutPolicy,
  SafetyException,
  TargetDefinition,
  WindowsDefinition,
} from './definition.ts';
import { HOLIDAYS } from './holidays.ts';
import { CATALOGUE, type Catalogue, regionIn } from './regions.ts';
import type { SourceDefinition } from './source.ts';
import { hasAliasPerCell, WHOLE_REGION } from './target.ts';
import type { Waves } from './waves.ts';

/** How long each kind of step bakes. */
export interface Bakes {
  readonly oneBoxSeconds: number;
  readonly cellSeconds: number;
  /** After each wave, in order; a wave beyond the list takes the last. */
  readonly waveSeconds: readonly number[];
  /** Health must have been good for this long when a bake ends. */
  readonly healthySeconds: number;
  /** What the new release must have served in every bake. */
  readonly dataPoints: readonly DataPoint[];
}

const HOUR = 3600;
const WEEKDAYS = { monday: 1, tuesday: 2, wednesday: 3, thursday: 4, friday: 5, saturday: 6, sunday: 7 } as const;

/** Monday to Friday in the team's own zone, without its office holidays; `fridays: false` leaves those out. */
export function businessHours(spec: {
  zone: string;
  holidays: string | readonly string[];
  from?: string;
  to?: string;
  fridays?: boolean;
}): WindowsDefinition {
  const { zone, from = '09:00', to = '16:00', fridays = true } = spec;
  const holidays = typeof spec.holidays === 'string' ? HOLIDAYS[spec.holidays] : spec.holidays;
  if (holidays === undefined)
    throw new InvalidInput(`windows.holidays: '${spec.holidays}' is none of ${Object.keys(HOLIDAYS).join(', ')}; give the days as a list`);
  const { monday, tuesday, wednesday, thursday, friday } = WEEKDAYS;
  return { zone, days: [monday, tuesday, wednesday, thursday, ...(fridays ? [friday] : [])], from, to, holidays: [...holidays] };
}

/**
 * A git repository beside its pipeline file; its mainline is `branch`. It can be rehearsed; what is deployed names a repository that AWS reaches. With `paths` (git pathspecs, exclusions such as `':!configuration'` too) only the commits that
 * touch them are the pipeline's: several pipelines share a repository.
 */
export const git = (branch = 'main', { paths = [] }: { readonly paths?: readonly string[] } = {}): SourceDefinition => ({
  kind: 'git',
  branch,
  paths: [...paths],
});

/** The mainline of a repository that AWS or GitHub keeps, and what of it is the pipeline's: all, or what touches these pathspecs. */
export interface Mainline {
  readonly branch?: string;
  /** Paths, patterns of `*` and `?`, and either after `:!`; as `git` has them, without its other magic. */
  readonly paths?: readonly string[];
}

/** A CodeCommit repository of the home Region. */
export const codeCommit = (repository: string, { branch = 'main', paths = [] }: Mainline = {}): SourceDefinition => ({
  kind: 'codeCommit',
  repository,
  branch,
  paths: [...paths],
});

/** A repository on GitHub, as `owner/repository`. */
export function gitHub(repository: string, { branch = 'main', paths = [] }: Mainline = {}): SourceDefinition {
  const [owner, name, ...more] = repository.split('/');
  if (owner === undefined || name === undefined || more.length > 0)
    throw new InvalidInput(`source.repository: '${repository}'; expected owner/repository`);
  return { kind: 'gitHub', owner, repository: name, branch, paths: [...paths] };
}

/** The embedded fleet: every zone is a cell of this many boxes. */
export const fleet = (spec: { boxesPerCell: number }): TargetDefinition => ({ kind: 'fleet', ...spec });

/**
 * The configuration of the same boxes: the artifact is a JSON file, which the code reads as `context.configuration`. A box restarts with it as
 * with new code.
 */
export const fleetConfiguration = (spec: { boxesPerCell: number }): TargetDefinition => ({ kind: 'fleetConfiguration', ...spec });

/**
 * A Lambda function behind an alias in each Region: releases are its published versions, boxes are weights. A Region is one cell, unless `alias`
 * holds `{cell}` and `cells()` names them (a shard each). With `oneBoxAlias` the one-box is an alias of its own, to which the callers give its
 * share; without, it is a weight of `requestPercent` on the cell's alias, and no newer release enters a wave before the one in it has left it.
 */
export const lambdaAlias = (spec: {
  functionName: string;
  alias: string;
  oneBoxAlias?: string;
  healthCheck?: Extract<TargetDefinition, { kind: 'lambdaAlias' }>['healthCheck'];
}): TargetDefinition => ({
  kind: 'lambdaAlias',
  functionName: spec.functionName,
  alias: spec.alias,
  oneBoxAlias: spec.oneBoxAlias ?? null,
  healthCheck: spec.healthCheck ?? null,
});

/**
 * A pipeline as code: a parent class holds what a team's pipelines share, a subclass what one service changes. The defaults are the
 * article's ("A typical pipeline waits at least one hour after each one-box stage, at least 12 hours after the first regional wave, and at
 * least two to four hours after each of the rest").
 */
export abstract class Pipeline {
  abstract team: string;
  abstract service: string;
  pipeline = 'application';
  homeRegion = 'us-east-1';
  catalogue: Catalogue = CATALOGUE;
  source: SourceDefinition = git();
  abstract build: PipelineDefinition['build'];
  abstract target: TargetDefinition;
  abstract waves: Waves;
  windows: WindowsDefinition | null = businessHours({ zone: 'America/Los_Angeles', holidays: 'US' });
  freezes: readonly Freeze[] = [];
  /** Who approves that a release is expedited, and how many of them it takes; nobody by default. */
  expediting: PipelineDefinition['expediting'] = null;
  /** "A small number of changes is bundled together": so many releases enter a wave in one opening of the windows. */
  maxDeploymentsPerWindow: number | null = null;
  /** When people are there to help: no step starts whose roll-out and shortest bake would end later. One entry an office; their hours add up. */
  staffed: readonly WindowsDefinition[] = [];
  /** ARNs of alarms that block every pipeline of the organisation, such as one for a large-scale event. */
  organisationAlarms: readonly string[] = [];
  exceptions: readonly SafetyException[] = [];
  /** For an emulator of AWS alone: see `rehearsedOnAwsSchema`. */
  rehearsedOnAws: PipelineDefinition['rehearsedOnAws'] | null = null;

  bake(): Bakes {
    return {
      oneBoxSeconds: HOUR,
      cellSeconds: HOUR,
      waveSeconds: [12 * HOUR, 4 * HOUR, 4 * HOUR, 2 * HOUR, 2 * HOUR],
      healthySeconds: 10 * 60,
      dataPoints: [],
    };
  }

  rollOut(): RollOutPolicy {
    return { batchPercent: 33, minHealthyPercent: 66, fewBoxes: 'add', paceSeconds: 300, patienceSeconds: 600 };
  }

  oneBox(): { requestPercent: number } {
    return { requestPercent: 10 };
  }

  alarms(): AlarmsDefinition {
    return highSeverityAlarms();
  }

  /** An anomaly that two looks in a row find rolls back; readings may fail for 15 minutes. */
  health(): HealthPolicy {
    return { anomalies: 'rollBack', atLeastRequests: 100, failureLimit: 1, errorLimit: 5 };
  }

  /** The cells of a Region, by default its zones; where one alias serves it, it is one cell. */
  cells(region: string): readonly string[] {
    if (this.target.kind === 'lambdaAlias' && !hasAliasPerCell(this.target.alias)) return [WHOLE_REGION];
    return regionIn(this.catalogue, region, 'waves').zones;
  }

  /**
   * A Region's own hours, beside the team's windows; null for none. `businessHours({ zone: this.timeZone(region), … })` has them on its own
   * wall clock.
   */
  regionHours(_region: string): WindowsDefinition | null {
    return null;
  }

  /** Where the people are whom a Region serves. */
  timeZone(region: string): string {
    return regionIn(this.catalogue, region, 'regionHours').timeZone;
  }

  /** The definition as data, not checked yet: see `compile`. */
  toDefinition(): PipelineDefinition {
    const bakes = this.bake();
    const bakeFor = (seconds: number): BakePolicy => ({ seconds, healthySeconds: bakes.healthySeconds, dataPoints: [...bakes.dataPoints] });
    const rollOut = this.rollOut();
    const stages = this.waves(this.catalogue, this.homeRegion).map((regions, i): PipelineDefinition['stages'][number] => ({
      id: `wave-${i + 1}`,
      kind: 'wave',
      regions: regions.map((region) => ({ region, cells: [...this.cells(region)] })),
      oneBox: { ...this.oneBox(), rollOut: { ...rollOut, fewBoxes: 'accept' }, bake: bakeFor(bakes.oneBoxSeconds) },
      cells: { rollOut, bake: bakeFor(bakes.cellSeconds) },
      bake: bakeFor(bakes.waveSeconds[i] ?? bakes.waveSeconds.at(-1) ?? 0),
    }));
    const hours = stages.flatMap(({ regions }) => regions.map(({ region }) => [region, this.regionHours(region)] as const));
    return {
      schemaVersion: 1,
      team: this.team,
      service: this.service,
      pipeline: this.pipeline,
      source: this.source,
      build: this.build,
      homeRegion: this.homeRegion,
      target: this.target,
      stages,
      windows: this.windows,
      maxDeploymentsPerWindow: this.maxDeploymentsPerWindow,
      regionHours: Object.fromEntries(hours.flatMap(([region, own]) => (own === null ? [] : [[region, own]]))),
      staffed: [...this.staffed],
      freezes: [...this.freezes],
      expediting: this.expediting,
      organisationAlarms: [...this.organisationAlarms],
      alarms: this.alarms(),
      health: this.health(),
      exceptions: [...this.exceptions],
      ...(this.rehearsedOnAws && { rehearsedOnAws: this.rehearsedOnAws }),
    };
  }
}
