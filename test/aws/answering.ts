/** What a middleware of any client of the SDK looks like from here. */
interface Answerable {
  readonly middlewareStack: {
    add(middleware: unknown, options: { readonly step: 'initialize'; readonly priority: 'high'; readonly name: string }): void;
  };
}

interface Args {
  readonly input: unknown;
}
type Next = (args: Args) => Promise<unknown>;

/** Has a command answered here, before anything is sent; with an error when that is what comes back. Undefined: it is sent. */
export type Answer = (command: string, input: never) => object | undefined | Promise<object | undefined>;

/** @returns the client, and the names of the commands that it was given, in their order */
export function answering<Client extends Answerable>(
  client: Client,
  answer: Answer,
): { readonly client: Client; readonly asked: string[] } {
  const asked: string[] = [];
  const middleware = (next: Next, context: { readonly commandName?: string }) => async (args: Args) => {
    const command = (context.commandName ?? '').replace(/Command$/, '');
    asked.push(command);
    const output = await answer(command, args.input as never);
    if (output instanceof Error) throw output;
    return output === undefined ? next(args) : { output: { $metadata: {}, ...output }, response: {} };
  };
  client.middlewareStack.add(middleware, { step: 'initialize', priority: 'high', name: 'answering' });
  return { client, asked };
}
