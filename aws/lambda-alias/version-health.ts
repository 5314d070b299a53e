import { type FunctionConfiguration, InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import type { Box } from '../../domain/ports.ts';
import type { AliasPlace } from './alias-place.ts';

/** A health check that takes longer has failed. */
const PATIENCE_MS = 10_000;
/** Of an answer or an error, for the log. */
const MOST_CHARACTERS = 200;

export type VersionHealth = Pick<Box, 'health' | 'reason'>;

const failing = (reason: string): VersionHealth => ({ health: 'failing', reason: reason.slice(0, MOST_CHARACTERS) });

/**
 * Whether a published version is ready and answers the health check of its pipeline. All boxes of a version are equal: one call tells of all.
 * What keeps it from being asked, be it throttled or forbidden, is a failure too, so that the way back, which does not wait for health, goes on.
 */
export async function healthOf(client: LambdaClient, place: AliasPlace, version: FunctionConfiguration): Promise<VersionHealth> {
  const { State, StateReason = '' } = version;
  if (State === 'Pending') return { health: 'replacing' };
  if (State === 'Failed') return failing(`version ${version.Version} is in state Failed: ${StateReason}`);
  return place.healthCheck === null ? { health: 'healthy' } : ask(client, place, version.Version ?? '');
}

async function ask(client: LambdaClient, { functionName, healthCheck }: AliasPlace, Qualifier: string): Promise<VersionHealth> {
  const named = `health check of version ${Qualifier}`;
  const Payload = Buffer.from(JSON.stringify(healthCheck?.payload));
  try {
    const abortSignal = AbortSignal.timeout(PATIENCE_MS);
    const answer = await client.send(new InvokeCommand({ FunctionName: functionName, Qualifier, Payload }), { abortSignal });
    return answer.FunctionError === undefined ? { health: 'healthy' } : failing(`${named}: ${messageIn(answer.Payload)}`);
  } catch (error) {
    const { name, message } = error as Error;
    return failing(`${named}: ${name === 'AbortError' ? `no answer within ${PATIENCE_MS / 1000} s` : `${name}: ${message}`}`);
  }
}

/** `{ "errorType": …, "errorMessage": … }`, as Lambda tells what a function threw. */
function messageIn(payload: Uint8Array | undefined): string {
  const text = Buffer.from(payload ?? []).toString('utf8');
  try {
    const { errorType = 'Error', errorMessage = text } = JSON.parse(text) as { errorType?: string; errorMessage?: string };
    return `${errorType}: ${errorMessage}`;
  } catch {
    return text;
  }
}
