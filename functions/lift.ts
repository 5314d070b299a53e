import * as z from 'zod';
import { Refused } from '../domain/errors.ts';
import { ofPerson, openPipeline, type PersonsCommand, parsePersons, releaseNumber, startAgain } from './persons-command.ts';

const input = z.strictObject({ ...ofPerson, release: releaseNumber });

/** Lifts a quarantine: the release, and what contains it, may enter production again. */
export const lift: PersonsCommand = {
  name: 'lift',
  about: 'lift the quarantine of a release: it, and every release that contains it, may enter production again',
  argument: { name: 'release', about: 'the number of a quarantined release' },
  options: [],
  input,
  run: async (ports, payload) => {
    const { release, by, reason, ...given } = parsePersons(input, payload);
    const scope = await openPipeline(ports, { ...given, by });
    const decision = await scope.decide({ type: 'LiftQuarantine', pipeline: scope.id.pipeline, release, by, reason });
    if (decision.events.length === 0) throw notQuarantined(release, Object.keys(scope.before.marks));
    await startAgain(ports, scope, decision, [release], `its quarantine was lifted by ${by}`);
    return [`The quarantine of release ${release} is lifted: it and every release that contains it may enter production again.`];
  },
};

const notQuarantined = (release: number, quarantined: readonly string[]): Refused =>
  new Refused(
    `release ${release} is not quarantined; ${quarantined.length === 0 ? 'none is' : `expected one of ${quarantined.join(', ')}`}`,
  );
