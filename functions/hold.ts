import * as z from 'zod';
import { Refused } from '../domain/errors.ts';
import { ofPerson, openPipeline, type PersonsCommand, parsePersons } from './persons-command.ts';

const input = z.strictObject(ofPerson);

/** Keeps every release of the pipeline from entering a step. What goes back goes on. */
export const hold: PersonsCommand = {
  name: 'hold',
  about: 'keep every release from entering a step until somebody resumes; a rollback goes on',
  options: [],
  input,
  run: async (ports, payload) => {
    const given = parsePersons(input, payload);
    const { id, before, decide } = await openPipeline(ports, given);
    const { events } = await decide({ type: 'HoldPipeline', pipeline: id.pipeline, reason: given.reason, heldBy: given.by });
    if (events.length === 0) throw new Refused(`the pipeline is held already, by ${before.held?.by}: ${before.held?.reason}`);
    return ['The pipeline is held: no release enters a step until somebody resumes it. What goes back goes on.'];
  },
};
