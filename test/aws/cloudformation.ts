import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface Answer {
  readonly Status: string;
  readonly Reason?: string;
  readonly PhysicalResourceId: string;
  readonly RequestId: string;
  readonly Data?: Readonly<Record<string, string>>;
}

/** Takes what custom resources answer, as the presigned address of a request does. */
export async function listenForAnswers(status = 200) {
  const answers: Answer[] = [];
  const server = createServer(async (request, response) => {
    answers.push(JSON.parse(await text(request)));
    response.writeHead(status).end();
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/answer`;
  return { url, answers, close: () => new Promise((closed) => server.close(closed)) };
}
