import * as z from 'zod';
import { Refused } from '../domain/errors.ts';
import { ofPerson, openPipeline, type PersonsCommand, parsePersons, releaseNumber } from './persons-command.ts';

const input = z.strictObject({ ...ofPerson, release: releaseNumber });

/** Ends the expediting of a release before anything else does: its bakes last their whole time again, and others may enter. */
export const endExpedite: PersonsCommand = {
  name: 'end-expedite',
  about: 'end the expediting of a release: its bakes last their whole time again, and others may enter',
  argument: { name: 'release', about: 'its number' },
  options: [],
  input,
  run: async (ports, payload) => {
    const { release, by, reason, ...given } = parsePersons(input, payload);
    const { id, decide } = await openPipeline(ports, { ...given, by });
    const { events } = await decide({ type: 'EndExpedite', pipeline: id.pipeline, release, endedBy: by, reason });
    if (events.length === 0) throw new Refused(`release ${release} is not expedited`);
    return [`Release ${release} is expedited no more.`];
  },
};
