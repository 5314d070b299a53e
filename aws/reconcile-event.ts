import * as z from 'zod';
import { InvalidInput } from '../domain/errors.ts';
import { parsePipelineId } from '../functions/pipeline-id.ts';
import type { With } from '../functions/ports.ts';
import { reconcile } from '../functions/reconcile.ts';
import { everyService } from './every-service.ts';

/** What EventBridge tells of an execution that ended; it leaves the input out where it is very large. */
const statusChange = z.object({ detail: z.object({ input: z.string() }) });
const executionInput = z.object({ pipeline: z.string() });

/**
 * The pipeline of the execution that ended. Null for a schedule's event, and where the event does not tell: then all of them are looked at.
 */
export function pipelineOfEvent(event: unknown): string | null {
  const told = statusChange.safeParse(event);
  if (!told.success) return null;
  try {
    const { pipeline } = executionInput.parse(JSON.parse(told.data.detail.input));
    return parsePipelineId(pipeline).id;
  } catch (error) {
    // Somebody may start an execution with any input; that ends it, and is nothing to reconcile.
    if (error instanceof SyntaxError || error instanceof z.ZodError || error instanceof InvalidInput) return null;
    throw error;
  }
}

/** Reconciles the pipeline of the event, or all there are. What fails for one does not keep the others from it. */
export const reconcileEvent = (ports: With<'source' | 'executions'>) => async (event: unknown) => {
  const one = pipelineOfEvent(event);
  const failed: Error[] = [];
  for (const pipeline of one === null ? await allPipelines(ports) : [one]) {
    try {
      await reconcile(ports)({ pipeline });
    } catch (error) {
      failed.push(new Error(`${pipeline}: ${error instanceof Error ? error.message : String(error)}`, { cause: error }));
    }
  }
  if (failed.length > 0) throw new AggregateError(failed, `not reconciled: ${failed.map((e) => e.message).join('; ')}`);
};

async function allPipelines(ports: With<'source' | 'executions'>): Promise<readonly string[]> {
  const services = await everyService(ports);
  const names = services.map(async (id) =>
    Object.keys((await ports.service(id).state()).pipelines).map((pipeline) => `${id.team}/${id.service}/${pipeline}`),
  );
  return (await Promise.all(names)).flat();
}
