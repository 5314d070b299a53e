import * as z from 'zod';
import { Refused } from '../domain/errors.ts';
import { toldExpediting } from './expedite.ts';
import { ofPerson, openPipeline, type PersonsCommand, parsePersons, releaseNumber } from './persons-command.ts';

const { reason: _, ...of } = ofPerson;
const input = z.strictObject({ ...of, release: releaseNumber });

/** Approves that a release is expedited; why it is, whoever asked has said. */
export const approve: PersonsCommand = {
  name: 'approve',
  about: 'approve that a release is expedited, as one whom the definition names and who wrote none of it',
  argument: { name: 'release', about: 'its number' },
  hasReason: false,
  options: [],
  input,
  run: async (ports, payload) => {
    const { release, by, ...given } = parsePersons(input, payload);
    const { id, decide } = await openPipeline(ports, { ...given, by });
    const { events } = await decide({ type: 'ApproveExpedite', pipeline: id.pipeline, release, approvedBy: by });
    if (events.length === 0) throw new Refused(`release ${release}: ${by} has approved it already, or it is expedited`);
    return toldExpediting(events);
  },
};
