import * as z from 'zod';
import { Refused } from '../domain/errors.ts';
import { type Answer, heldScope, ofPerson, openPipeline, type PersonsCommand, parsePersons } from './persons-command.ts';
import type { LogPorts } from './ports.ts';
import { decideLine, type LineScope } from './team.ts';

const input = z.strictObject({ ...ofPerson, of: heldScope });

/** Keeps every release of the pipeline, of its team or of everything from entering a step: the line is stopped. What goes back goes on. */
export const hold: PersonsCommand = {
  name: 'hold',
  about: 'keep every release from entering a step until somebody resumes; a rollback goes on',
  options: [{ flags: '--of <scope>', about: 'pipeline (by default), team or everything: stops the line for all of them' }],
  input,
  run: async (ports, payload) => {
    const given = parsePersons(input, payload);
    const { id, before, decide } = await openPipeline(ports, given);
    if (given.of !== 'pipeline') return stopTheLine(ports, id.team, given.of, given);
    const { events } = await decide({ type: 'HoldPipeline', pipeline: id.pipeline, reason: given.reason, heldBy: given.by });
    if (events.length === 0) throw new Refused(`the pipeline is held already, by ${before.held?.by}: ${before.held?.reason}`);
    return ['The pipeline is held: no release enters a step until somebody resumes it. What goes back goes on.'];
  },
};

async function stopTheLine(
  ports: LogPorts,
  team: string,
  of: LineScope,
  { by, reason, commandId }: z.infer<typeof input>,
): Promise<Answer> {
  const command = { type: 'StopLine', reason, stoppedBy: by } as const;
  const events = await decideLine(ports, team, of, command, { by, commandId: `person/${commandId}` });
  const what = of === 'team' ? `team ${team}` : 'everything';
  if (events.length === 0) throw new Refused(`the line of ${what} is stopped already`);
  return [`The line of ${what} is stopped: no release enters a step until somebody restarts it. What goes back goes on.`];
}
