import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Dated } from '../../domain/dated.ts';
import { InvalidInput } from '../../domain/errors.ts';
import type { Event } from '../../domain/events.ts';
import { evolve } from '../../domain/evolve.ts';
import { type Forecast, forecastOf } from '../../domain/forecast/forecast.ts';
import { observedIn } from '../../domain/forecast/observed.ts';
import { compile } from '../../domain/pipeline/compile.ts';
import type { PipelineDefinition } from '../../domain/pipeline/definition.ts';
import { businessHours, fleet } from '../../domain/pipeline/pipeline.ts';
import { wavesOf } from '../../domain/pipeline/waves.ts';
import type { Commit, Instant } from '../../domain/ports.ts';
import { initialState } from '../../domain/state.ts';
import { World } from '../statemachines/world.ts';
import { ArticlePipeline } from './article-pipeline.ts';

const BUILD_SECONDS = 300;

function forecastFrom(commits: readonly Commit<Event>[], at: Instant, release: number | null): Forecast {
  const known = commits.filter((c) => c.at <= at);
  const events = known.flatMap((c) => c.events.map((event): Dated => ({ at: c.at, event })));
  const state = events.map((e) => e.event).reduce(evolve, initialState);
  return forecastOf({ state, observed: observedIn(events), pipeline: 'application', at, release, buildSeconds: BUILD_SECONDS });
}

/** What really happened to the commits of a release after `at`, in the terms of a forecast. */
function happened(commits: readonly Commit<Event>[], release: number, at: Instant) {
  const steps: { release: number; scope: string; promotedAt: Instant; entersAt: Instant | null; rolledOutAt: Instant | null }[] = [];
  let carrier = release;
  let [entersAt, rolledOutAt]: [Instant | null, Instant | null] = [null, null];
  for (const c of commits) {
    for (const e of c.events) {
      if (!('release' in e) || e.release !== carrier) continue;
      if (e.type === 'ReleaseSuperseded') carrier = e.supersededBy;
      if (c.at <= at) continue;
      if (e.type === 'StepEntered') entersAt = c.at;
      if (e.type === 'BakeStarted' && e.scope.includes('/')) rolledOutAt = c.at;
      if (e.type === 'BakeStarted' && !e.scope.includes('/')) entersAt = c.at;
      if (e.type === 'ReleasePromoted') {
        steps.push({ release: carrier, scope: e.scope, entersAt, rolledOutAt, promotedAt: c.at });
        [entersAt, rolledOutAt] = [null, null];
      }
      if (e.type === 'ReleaseCompleted') return { steps, end: { kind: 'everywhere', at: c.at } };
    }
  }
  return { steps, end: null };
}

const told = ({ steps, end }: Forecast) => ({
  steps: steps.map(({ release, scope, entersAt, rolledOutAt, promotedAt }) => ({ release, scope, entersAt, rolledOutAt, promotedAt })),
  end,
});

const ZONES = ['UTC', 'America/Los_Angeles', 'Europe/Berlin', 'Australia/Lord_Howe'];

interface Shape {
  readonly boxes: number;
  readonly paceSeconds: number;
  readonly cells: number;
  readonly zone: string;
  readonly from: string;
  readonly to: string;
  readonly isOpen: boolean;
  readonly freeze: number;
  readonly healthySeconds: number;
  readonly gate: 'none' | 'regionHours' | 'staffed' | 'maximum';
  readonly pushes: readonly number[];
}

const shapes: fc.Arbitrary<Shape> = fc.record({
  boxes: fc.integer({ min: 1, max: 7 }),
  paceSeconds: fc.constantFrom(0, 40, 300, 1_000),
  cells: fc.integer({ min: 1, max: 3 }),
  zone: fc.constantFrom(...ZONES),
  from: fc.constantFrom('01:30', '09:00'),
  to: fc.constantFrom('03:30', '16:00'),
  isOpen: fc.boolean(),
  freeze: fc.integer({ min: 0, max: 60 }),
  healthySeconds: fc.constantFrom(600, 5_000),
  gate: fc.constantFrom('none', 'regionHours', 'staffed', 'maximum'),
  pushes: fc.array(fc.integer({ min: 0, max: 72 * 60 }), { minLength: 1, maxLength: 3 }),
});

/** Over the end of summer time in both hemispheres and over a week-end. */
const START = '2026-10-02T00:00:00.000Z';
const minutesOn = (minutes: number): Instant => new Date(Date.parse(START) + minutes * 60_000).toISOString();

function pipelineFor(shape: Shape) {
  return class extends ArticlePipeline {
    override waves = wavesOf(['eu-south-2'], ['us-east-1', 'eu-west-1']);
    override target = fleet({ boxesPerCell: shape.boxes });
    override windows: PipelineDefinition['windows'] = shape.isOpen
      ? null
      : businessHours({ zone: shape.zone, holidays: ['2026-10-05'], from: shape.from < shape.to ? shape.from : '01:00', to: shape.to });
    override regionHours(region: string) {
      const own = shape.gate === 'regionHours' && region === 'us-east-1';
      return own ? businessHours({ zone: 'America/New_York', holidays: [], from: '02:00', to: '11:00' }) : null;
    }
    override staffed: PipelineDefinition['staffed'] =
      shape.gate === 'staffed' ? [businessHours({ zone: 'UTC', holidays: [], from: '00:30', to: '18:00' })] : [];
    override maxDeploymentsPerWindow = shape.gate === 'maximum' && !shape.isOpen ? 1 : null;
    override freezes = [{ reason: 'a launch', from: minutesOn(shape.freeze * 60), to: minutesOn(shape.freeze * 60 + 1_500) }];
    override cells() {
      return ['A', 'B', 'C'].slice(0, shape.cells);
    }
    override rollOut() {
      return { ...super.rollOut(), paceSeconds: shape.paceSeconds };
    }
    override bake() {
      return { ...super.bake(), healthySeconds: shape.healthySeconds, oneBoxSeconds: 1_800, waveSeconds: [5_400, 2_400] };
    }
  };
}

function isAccepted(exported: unknown): boolean {
  try {
    compile(exported);
    return true;
  } catch (error) {
    if (error instanceof InvalidInput) return false;
    throw error;
  }
}

describe('a forecast', () => {
  it('at a push, and at every later moment of the rollout, is what the machines then do, to the second', async () => {
    let compared = 0;
    await fc.assert(
      fc.asyncProperty(
        shapes,
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 6, maxLength: 6 }),
        async (shape, cuts) => {
          // Hours that never meet are refused.
          fc.pre(isAccepted(pipelineFor(shape)));
          const world = new World(pipelineFor(shape), START);
          await world.define();
          const pushes = shape.pushes.toSorted((a, b) => a - b);
          pushes.forEach((minutes, i) => void world.pushAt(minutesOn(minutes), `c${i}`));
          await world.clock.run();
          const commits = await world.commits();
          const lastPush = minutesOn(pushes.at(-1) ?? 0);
          const known = commits.filter((c) => c.at >= lastPush);
          const instants = [lastPush, ...cuts.map((cut) => known[Math.floor(cut * (known.length - 1))]?.at ?? lastPush)];
          const releases = new Set(commits.flatMap((c) => c.events.flatMap((e) => (e.type === 'ReleaseCreated' ? [e.release] : []))));
          for (const at of instants) {
            for (const release of releases) {
              const actual = happened(commits, release, at);
              if (actual.end === null) continue;
              compared += actual.steps.length;
              expect(told(forecastFrom(commits, at, release)), `release ${release} at ${at}`).toEqual(actual);
            }
          }
        },
      ),
      { numRuns: 12 },
    );
    expect(compared).toBeGreaterThan(200);
  });
});
