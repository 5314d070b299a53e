import { runScenario } from '../chaos/run-scenario.ts';
import type { Scenario } from '../chaos/scenario.ts';
import type { History } from './history.ts';
import { replay } from './replay.ts';

/** Plays a scenario and gives what it left behind. @throws when it breaks an invariant: such a history is nothing to hold on to */
export async function recordHistory(story: string, scenario: Scenario): Promise<History> {
  const { violations, recorded } = await runScenario(scenario);
  if (violations.length > 0) throw new Error(`${story}:\n${violations.join('\n')}`);
  const commits = recorded.map(({ commit, command }) => ({ ...commit, command }));
  return { story, digests: replay(commits).digests, commits };
}

export const fileOf = (story: string): string => `${story.replaceAll(/[^a-z0-9]+/gi, '-')}.jsonl.gz`;
