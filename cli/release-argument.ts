import { InvalidInput } from '../domain/errors.ts';
import type { EventOf } from '../domain/events.ts';
import { type History, hasSeveral } from './history.ts';

/** Every release that the pipeline ever had, oldest first. */
export const createdIn = (history: History): readonly EventOf<'ReleaseCreated'>[] =>
  history.events.flatMap(({ event }) => (event.type === 'ReleaseCreated' ? [event] : []));

/** How a person names a release: by its number, and where the service has several pipelines as `configuration/4`. */
export const releaseArgument = (history: History, release: number): string => `${hasSeveral(history) ? `${history.name}/` : ''}${release}`;

export function unknownRelease(given: string, histories: readonly History[]): InvalidInput {
  const known = histories.flatMap((history) => createdIn(history).map((e) => releaseArgument(history, e.release))).join(', ');
  return new InvalidInput(
    `release: '${given}'; expected ${known === '' ? 'a release, and there is none in the log yet' : `one of ${known}`}`,
  );
}

/**
 * The pipeline that a person means, and the release's number: `configuration/4`, or the number alone where only one pipeline has it.
 * @throws InvalidInput that lists the releases that there are
 */
export function releaseAmong(histories: readonly History[], given: string): readonly [history: History, release: string] {
  const [only, ...others] = histories;
  if (only !== undefined && others.length === 0) return [only, given];
  const slash = given.indexOf('/');
  const number = given.slice(slash + 1);
  const meant = histories.filter(
    (h) => (slash < 0 || h.name === given.slice(0, slash)) && createdIn(h).some((e) => String(e.release) === number),
  );
  const [history, ...more] = meant;
  if (history === undefined || more.length > 0) throw unknownRelease(given, histories);
  return [history, number];
}
