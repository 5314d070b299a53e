import * as z from 'zod';
import { Refused } from '../domain/errors.ts';
import { blockerKinds, overrideBlocker } from './override-blocker.ts';
import { instant, ofPerson, type PersonsCommand, parsePersons, releaseNumber } from './persons-command.ts';

/** Whether it stands is read of alarms. */
const OF_ALARMS: readonly string[] = ['alarm', 'organisationAlarm', 'noData'];

const input = z.strictObject({
  ...ofPerson,
  release: releaseNumber,
  blocker: z.enum(blockerKinds),
  region: z.string().exactOptional(),
  until: instant,
});

/** Lets one release pass one blocker before its step, until an instant. */
export const override: PersonsCommand = {
  name: 'override',
  about: 'let one release pass one blocker before its next step, until an instant; never a quarantine or a slot',
  argument: { name: 'release', about: 'its number' },
  options: [
    { flags: '--blocker <kind>', about: 'as groundswell why names it: window, freeze, hold, alarm, ...' },
    { flags: '--region <region>', about: 'only there, of a blocker that has a Region' },
    { flags: '--until <instant>', about: 'when it expires, ISO 8601' },
  ],
  input,
  run: async ({ health, ...ports }, payload) => {
    const { by, commandId, ...given } = parsePersons(input, payload);
    if (health === null && OF_ALARMS.includes(given.blocker))
      throw new Refused(
        `blocker: '${given.blocker}'; expected one that can be told without alarms, since nothing runs now that reads them`,
      );
    const readable = health ?? { alarms: async () => [], count: async () => null, served: async () => null };
    const events = await overrideBlocker({ ...ports, health: readable })({ ...given, person: by, commandId: `person/${commandId}` });
    const overridden = events.flatMap((e) => (e.type === 'BlockerOverridden' ? [e] : []));
    if (overridden.length === 0) throw new Refused(`release ${given.release} may pass that already`);
    return overridden.map(
      (e) => `Release ${e.release} may enter ${e.step} against the ${e.blocker.kind} that stands before it, until ${e.until}.`,
    );
  },
};
