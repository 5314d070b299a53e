import * as z from 'zod';
import { parseInput } from '../domain/parse-input.ts';

const envelope = z.object({
  RequestType: z.enum(['Create', 'Update', 'Delete']),
  ResponseURL: z.url(),
  StackId: z.string(),
  RequestId: z.string(),
  LogicalResourceId: z.string(),
  PhysicalResourceId: z.string().exactOptional(),
  ResourceProperties: z.unknown(),
});

export type CustomResourceEvent = z.infer<typeof envelope>;

/** What was made or changed: the name by which CloudFormation knows it, and what the template may read of it. */
export interface CustomResource {
  readonly id: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** CloudFormation cuts a reason short. */
const LONGEST_REASON = 1_000;
const ANSWER_TIMEOUT_MS = 10_000;

/**
 * Does what CloudFormation asks and answers it, whatever comes of it: a stack without an answer waits for an hour. An error is told as the
 * resource's reason and fails the stack; it is not thrown, since Lambda would then ask again what has been answered.
 * @param run makes or changes the resource; called for Create and Update. It may run twice with the same `RequestId`.
 */
export const customResource = (run: (event: CustomResourceEvent) => Promise<CustomResource>) => async (payload: unknown) => {
  const event = parseInput(envelope, payload);
  const { StackId, RequestId, LogicalResourceId } = event;
  const known = event.PhysicalResourceId ?? `${LogicalResourceId}-none`;
  const ids = { StackId, RequestId, LogicalResourceId, PhysicalResourceId: known };
  const answer = await outcomeOf(event, run, known).then(
    ({ id, attributes }) => ({ ...ids, Status: 'SUCCESS', PhysicalResourceId: id, Data: attributes }),
    (error: unknown) => ({ ...ids, Status: 'FAILED', Reason: reasonOf(error) }),
  );
  const response = await fetch(event.ResponseURL, {
    method: 'PUT',
    body: JSON.stringify(answer),
    signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
  });
  if (!response.ok) throw new Error(`the answer for ${LogicalResourceId} was not taken: HTTP ${response.status}`);
};

const outcomeOf = async (event: CustomResourceEvent, run: (event: CustomResourceEvent) => Promise<CustomResource>, known: string) =>
  event.RequestType === 'Delete' ? { id: known, attributes: {} } : run(event);

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).slice(0, LONGEST_REASON);
