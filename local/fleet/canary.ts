import type { Rehearsal } from '../../domain/pipeline/rehearsal.ts';
import { type Answer, messageOf } from './box.ts';

const MICROTASKS = 100;

/**
 * Runs the service's own request script once. Its calls are answered at once, in virtual time, so that it may wait for nothing else.
 * @returns why it failed; null when it passed
 */
export async function runCanary(
  canary: NonNullable<Rehearsal['canary']>,
  random: () => number,
  send: (eventJson: string) => Answer,
): Promise<string | null> {
  let outcome: { readonly failure: string | null } | null = null;
  const call = async (event: unknown): Promise<unknown> => {
    const { json, error } = send(JSON.stringify(event ?? null));
    if (error !== null) throw new Error(error);
    return JSON.parse(json ?? 'null');
  };
  const run = async () => canary(call, random);
  run().then(
    () => {
      outcome = { failure: null };
    },
    (thrown: unknown) => {
      outcome = { failure: messageOf(thrown) };
    },
  );
  for (let turn = 0; turn < MICROTASKS && outcome === null; turn++) await null;
  const ended = outcome as { readonly failure: string | null } | null;
  return ended === null ? 'it waits for something other than its calls' : ended.failure;
}
