import type { LambdaClient } from '@aws-sdk/client-lambda';

/** Before the client's first such command is sent, something happens elsewhere. */
export function between(client: LambdaClient, commandName: string, act: () => Promise<unknown>): void {
  let isDone = false;
  client.middlewareStack.add(
    (next, context) => async (args) => {
      if (context.commandName === commandName && !isDone) {
        isDone = true;
        await act();
      }
      return next(args);
    },
    { step: 'initialize' },
  );
}

/** The client's first such command is carried out, and its answer never arrives: the SDK sends it again. @returns how many were lost */
export function losingAnswerOf(client: LambdaClient, commandName: string): () => number {
  let lost = 0;
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const answer = await next(args);
      if (context.commandName !== commandName || lost > 0) return answer;
      lost++;
      throw Object.assign(new Error('socket hang up'), { name: 'TimeoutError' });
    },
    { step: 'finalizeRequest', priority: 'low' },
  );
  return () => lost;
}
