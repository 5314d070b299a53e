import * as fc from 'fast-check';
import { runScenario } from './run-scenario.ts';
import { type Scenario, scenario } from './scenario.ts';
import { added, type Tally, tallyOf } from './tally.ts';

export interface CampaignOptions {
  readonly runs: number;
  readonly seed: number;
  /** A failing scenario is made smaller for at most so long. */
  readonly shrinkMs: number;
}

export interface Failure {
  /** As small as it could be made. */
  readonly scenario: Scenario;
  readonly violations: readonly string[];
}

export interface Campaign {
  readonly tally: Tally;
  readonly failure: Failure | null;
}

/** Plays random scenarios until one breaks an invariant, which is then made small. */
export async function campaign({ runs, seed, shrinkMs }: CampaignOptions): Promise<Campaign> {
  let tally: Tally = {};
  let failure: Failure | null = null;
  let shrinkUntilMs = Number.POSITIVE_INFINITY;
  const property = fc.asyncProperty(scenario, async (played) => {
    // Whatever is still tried then passes for good, so that the smallest so far is the one that is told.
    if (performance.now() > shrinkUntilMs) return;
    const run = await runScenario(played);
    if (failure === null) tally = added(tally, tallyOf(run));
    if (run.violations.length === 0) return;
    if (failure === null) shrinkUntilMs = performance.now() + shrinkMs;
    failure = { scenario: played, violations: run.violations };
    throw new Error(run.violations.join('\n'));
  });
  await fc.check(property, { seed, numRuns: runs });
  return { tally, failure };
}
