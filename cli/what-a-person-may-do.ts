import { isInside } from '../domain/entry/slots.ts';
import type { PipelineState, ReleaseState } from '../domain/state.ts';
import { type History, hasSeveral } from './history.ts';
import { releaseArgument } from './release-argument.ts';

/** A command line that a person can run as it stands, but for the reason. */
const line = (command: string): string => `groundswell ${command} --reason "..."`;

export const resumeLine = (history: History): string => line(`resume${hasSeveral(history) ? ` --pipeline ${history.name}` : ''}`);
export const liftLine = (history: History, release: number): string => line(`lift ${releaseArgument(history, release)}`);

/** How a person takes a release back, in words; none when nothing of it runs, or all of it goes back. */
export function takeBackLines(history: History, pipeline: PipelineState, release: ReleaseState): readonly string[] {
  const rollback = `rollback ${releaseArgument(history, release.number)}`;
  if (isInside(release)) return [`To take it back out of ${release.stay?.stage} at once: ${line(rollback)}`];
  const runs = Object.values(pipeline.cells).some((c) => c.past.includes(release.number));
  return runs ? [`To take it back wherever it runs, at once: ${line(`${rollback} --everywhere`)}`] : [];
}
