import { InvalidInput } from '../domain/errors.ts';
import { parseInput } from '../domain/parse-input.ts';
import type { Deliveries } from './github/deliveries.ts';
import { answered, type HttpAnswer, RequestRefused } from './github/http.ts';
import { type Push, pushSchema, referenceEvent } from './github/push.ts';
import type { ReferenceBus } from './github/reference-bus.ts';
import { refusalLine } from './github/refusal-line.ts';
import { isSigned } from './github/signature.ts';
import { callerOf, type WebhookRequest, webhookRequest } from './github/webhook-request.ts';
import type { WebhookSecret } from './github/webhook-secret.ts';

export interface WebhookPorts {
  /** Named by what it counts. */
  readonly orchestrator: string;
  /** Pushes to these are told. */
  readonly branches: readonly string[];
  readonly secret: Pick<WebhookSecret, 'versions' | 'reread'>;
  readonly deliveries: Pick<Deliveries, 'take' | 'remember' | 'forget'>;
  readonly bus: Pick<ReferenceBus, 'put'>;
  readonly nowMs: () => number;
  /** Writes one line of JSON to the log. */
  readonly tell: (line: object) => void;
}

/**
 * A delivery of GitHub's webhook: puts a push on the bus as CodeCommit does, 202; answers a ping, 200; refuses what GitHub did not sign, 401. What AWS
 * does not do for it is an error, which GitHub sees: the same delivery may then come again.
 */
export const gitHubWebhook =
  (ports: WebhookPorts) =>
  async (event: unknown): Promise<HttpAnswer> => {
    try {
      const request = webhookRequest(event);
      if (!(await isFromGitHub(ports, request))) throw new RequestRefused(401, 'signed by no version of the secret');
      return await take(ports, request);
    } catch (error) {
      if (!(error instanceof RequestRefused)) throw error;
      ports.tell(refusalLine(error, callerOf(event), ports.orchestrator, ports.nowMs()));
      return answered(error.status, { refused: error.message });
    }
  };

/** Where no known version has signed, a newer one may have. */
async function isFromGitHub({ secret }: WebhookPorts, { body, signature }: WebhookRequest): Promise<boolean> {
  if (isSigned(body, signature, await secret.versions())) return true;
  const newer = await secret.reread();
  return newer !== null && isSigned(body, signature, newer);
}

async function take(ports: WebhookPorts, request: WebhookRequest): Promise<HttpAnswer> {
  const contentType = request.header('content-type') ?? '';
  if (!/^application\/json\s*(;|$)/i.test(contentType))
    throw new RequestRefused(415, 'expected application/json: choose it as the content type of the webhook');
  const name = request.header('x-github-event') ?? '';
  if (name === 'ping') return answered(200, { pong: true });
  if (name !== 'push') throw new RequestRefused(400, 'expected the event push: let the webhook send no other');
  const told = referenceEvent(pushOf(request.body), ports.branches);
  if (typeof told === 'string') {
    ports.tell({ level: 'INFO', message: 'push ignored', reason: told, ...request.caller });
    return answered(202, { ignored: told });
  }
  await putOnce(ports, request.caller.delivery, told);
  ports.tell({ level: 'INFO', message: 'push put on the bus', ...told, ...request.caller });
  return answered(202, { put: told });
}

function pushOf(body: Buffer): Push {
  try {
    return parseInput(pushSchema, JSON.parse(body.toString('utf8')));
  } catch (error) {
    if (error instanceof InvalidInput) throw new RequestRefused(400, error.message, { cause: error });
    throw new RequestRefused(400, 'the body is no JSON', { cause: error });
  }
}

/** A delivery is remembered only when its event is out. What is put twice all the same starts nothing: a revision is released once. */
async function putOnce({ deliveries, bus }: WebhookPorts, delivery: string, event: Parameters<ReferenceBus['put']>[0]): Promise<void> {
  if (!(await deliveries.take(delivery))) throw new RequestRefused(409, 'this delivery has been taken before');
  try {
    await bus.put(event);
  } catch (error) {
    // Where this fails, too, the delivery is held for seconds only; what is to be told is why the event is not out.
    await deliveries.forget(delivery).catch(() => {});
    throw error;
  }
  await deliveries.remember(delivery);
}
