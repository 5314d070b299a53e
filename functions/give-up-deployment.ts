import * as z from 'zod';
import { failCell } from './deploy-batch.ts';
import type { With } from './ports.ts';
import { openRelease } from './release-scope.ts';
import { cellInput } from './start-deployment.ts';

const input = cellInput.extend({ error: z.object({ Error: z.string(), Cause: z.string().optional() }) });

/** What of all that may be thrown is about the release: its artifact is not what was built. */
const OF_RELEASE: readonly string[] = ['ArtifactChanged'];

/** Appends that a cell could not be deployed to, or not be taken back, after all retries. */
export const giveUpDeployment = (ports: With<'notifier'>) => async (payload: unknown) => {
  const { cell, epoch, error, ...ids } = input.parse(payload);
  const scope = await openRelease(ports, ids);
  const fault = OF_RELEASE.includes(error.Error) ? 'release' : 'target';
  await failCell(ports, scope, { cell, epoch, text: `${error.Error}: ${messageIn(error.Cause ?? '')}`, fault });
};

/** A function's cause is JSON that holds its message; a service's is the message itself. */
function messageIn(cause: string): string {
  const parsed = z.object({ errorMessage: z.string() }).safeParse(parseJson(cause));
  return parsed.success ? parsed.data.errorMessage : cause;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
