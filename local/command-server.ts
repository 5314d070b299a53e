import { randomUUID } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { GroundswellError } from '../domain/errors.ts';
import type { Answer } from '../functions/persons-command.ts';

/** Where a running rehearsal takes commands of people: on the loopback interface, from whoever can read its folder. */
export interface CommandPort {
  readonly port: number;
  readonly token: string;
}

export type Take = (command: string, payload: unknown) => Promise<Answer>;

export interface CommandServer extends CommandPort {
  close(): Promise<void>;
}

/** What is no longer taken: the rehearsal is over. The same command may be given to its folder. */
export const OVER = 503;
const REFUSED = 422;

export async function serveCommands(take: Take): Promise<CommandServer> {
  const token = randomUUID();
  const server = http.createServer((request, response) => {
    void answer(request, token, take).then(({ status, body }) => {
      // A connection that outlived its request would keep this process from ending.
      response.writeHead(status, { 'content-type': 'application/json', connection: 'close' }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return { port, token, close: () => new Promise((resolve) => server.close(() => resolve())) };
}

async function answer(request: http.IncomingMessage, token: string, take: Take): Promise<{ status: number; body: unknown }> {
  if (request.method !== 'POST' || request.headers.authorization !== `Bearer ${token}`) return { status: 403, body: {} };
  try {
    const { command, payload } = (await json(request)) as { command: string; payload: unknown };
    return { status: 200, body: { answer: await take(command, payload) } };
  } catch (error) {
    if (error instanceof GroundswellError) return { status: REFUSED, body: { name: error.name, message: error.message } };
    return { status: OVER, body: { message: String(error) } };
  }
}
