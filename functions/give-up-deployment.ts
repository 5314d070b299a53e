import * as z from 'zod';
import { pageForBack } from './deploy-batch.ts';
import type { With } from './ports.ts';
import { openRelease } from './release-scope.ts';
import { cellInput } from './start-deployment.ts';

const input = cellInput.extend({ error: z.object({ Error: z.string(), Cause: z.string().optional() }) });

/** Appends that a cell could not be deployed to, or not be taken back, after all retries. */
export const giveUpDeployment = (ports: With<'notifier'>) => async (payload: unknown) => {
  const { cell, epoch, error, ...ids } = input.parse(payload);
  const scope = await openRelease(ports, ids);
  const direction = scope.pipeline.cells[cell]?.back ? 'back' : 'forward';
  const type = direction === 'back' ? 'FailCellBack' : 'FailDeployment';
  const text = `${error.Error}: ${messageIn(error.Cause ?? '')}`;
  const { events } = await scope.decide(`${cell}/${direction}#${epoch}/fail`, {
    type,
    pipeline: scope.id.pipeline,
    release: ids.release,
    cell,
    epoch,
    text,
  });
  if (direction === 'back' && events.length > 0) await pageForBack(ports, scope, cell, text);
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
