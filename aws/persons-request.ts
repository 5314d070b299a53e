import * as z from 'zod';
import { InvalidInput, Refused } from '../domain/errors.ts';
import { parseInput } from '../domain/parse-input.ts';
import { PERSONS_COMMANDS } from '../functions/persons-commands.ts';
import type { With } from '../functions/ports.ts';

/** A request to the function's URL, which IAM has let through: only AWS itself can say who asks. */
const request = z.object({
  requestContext: z.object({ authorizer: z.object({ iam: z.object({ userArn: z.string().min(1) }) }) }),
  body: z.string(),
  isBase64Encoded: z.boolean(),
});
const LONGEST_BODY = 16_384;
const command = z.object({ command: z.string(), input: z.record(z.string(), z.unknown()) });

interface Answered {
  readonly statusCode: number;
  readonly headers: { readonly 'content-type': 'application/json' };
  readonly body: string;
}

const answered = (statusCode: number, body: unknown): Answered => ({
  statusCode,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

/** Whatever the body says, it is done by who asks. */
async function run(ports: With<'executions' | 'target' | 'health'>, event: unknown): Promise<readonly string[]> {
  const { requestContext, body, isBase64Encoded } = parseInput(request, event);
  if (body.length > LONGEST_BODY) throw new InvalidInput(`body: ${body.length} characters; expected at most ${LONGEST_BODY}`);
  const { command: name, input } = parseInput(command, parseJson(isBase64Encoded ? Buffer.from(body, 'base64').toString('utf8') : body));
  const found = PERSONS_COMMANDS.get(name);
  if (found === undefined) throw new InvalidInput(`command: '${name}'; expected one of ${[...PERSONS_COMMANDS.keys()].join(', ')}`);
  return found.run(ports, { ...input, by: requestContext.authorizer.iam.userArn });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InvalidInput('body: no JSON; expected {"command": …, "input": {…}}', { cause: error });
  }
}

/** One command of a person, over HTTP: 200 with its answer, 400 for what makes no sense, 409 for what makes none as things are. */
export const personsRequest = (ports: With<'executions' | 'target' | 'health'>) => async (event: unknown) => {
  try {
    return answered(200, { answer: await run(ports, event) });
  } catch (error) {
    if (error instanceof InvalidInput) return answered(400, { error: error.message });
    if (error instanceof Refused) return answered(409, { error: error.message });
    throw error;
  }
};
