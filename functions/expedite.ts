import * as z from 'zod';
import { Refused } from '../domain/errors.ts';
import type { Event } from '../domain/events.ts';
import { type Answer, instant, ofPerson, openPipeline, type PersonsCommand, parsePersons, releaseNumber } from './persons-command.ts';

const input = z.strictObject({
  ...ofPerson,
  release: releaseNumber,
  factor: z.coerce.number('expected a number from 0.05 to 1'),
  until: instant,
});

/** Asks for a release to go faster; who may approve it approves it by asking. */
export const expedite: PersonsCommand = {
  name: 'expedite',
  about: 'ask for one release to go faster, while no other enters; it begins with the approvals that the definition demands',
  argument: { name: 'release', about: 'its number' },
  options: [
    { flags: '--factor <factor>', about: 'what bakes and pace shrink to, such as 0.25; never data points or health' },
    { flags: '--until <instant>', about: 'when it ends if nothing else ends it, ISO 8601' },
  ],
  input,
  run: async (ports, payload) => {
    const { release, factor, until, reason, by, ...given } = parsePersons(input, payload);
    const { id, decide } = await openPipeline(ports, { ...given, by });
    const of = { pipeline: id.pipeline, release };
    const { events } = await decide({ type: 'RequestExpedite', ...of, factor, until, reason, requestedBy: by });
    if (events.length === 0) throw new Refused(`release ${release}: the same has been asked for already`);
    return toldExpediting(events);
  },
};

export const toldExpediting = (events: readonly Event[]): Answer =>
  events.flatMap((e) => {
    if (e.type === 'ExpediteRequested')
      return [`Asked: release ${e.release} takes ${e.factor} of its time until ${e.until}. It begins when enough have approved it.`];
    if (e.type === 'ExpediteApproved') return [`Approved by ${e.approvedBy}.`];
    return e.type === 'ReleaseExpedited'
      ? [`Release ${e.release} is expedited, approved by ${e.approvedBy.join(' and ')}: no other enters meanwhile.`]
      : [];
  });
