import { request } from 'node:http';
import { CreateFunctionUrlConfigCommand } from '@aws-sdk/client-lambda';
import { clientsOf, emulator } from './clients.ts';

export interface UrlAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** A function's URL that anybody may call. */
export async function makeUrl(FunctionName: string): Promise<string> {
  const { FunctionUrl } = await clientsOf().lambda.send(new CreateFunctionUrlConfigCommand({ FunctionName, AuthType: 'NONE' }));
  return FunctionUrl ?? '';
}

/** The emulator finds the function by the name of the host, which `fetch` does not let one choose. */
export function post(url: string, headers: Readonly<Record<string, string>>, body: string): Promise<UrlAnswer> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(emulator.endpoint);
    const sent = request({ hostname, port, method: 'POST', path: '/', headers: { ...headers, host: new URL(url).host } }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.once('error', reject);
      answer.once('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        try {
          resolve({ status: answer.statusCode ?? 0, body: JSON.parse(text) });
        } catch (error) {
          reject(new Error(`${answer.statusCode}: ${text.slice(0, 200)}`, { cause: error }));
        }
      });
    });
    sent.once('error', reject);
    sent.end(body);
  });
}
