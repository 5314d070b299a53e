import { randomUUID } from 'node:crypto';
import { Command } from 'commander';
import type { PersonsCommand } from '../functions/persons-command.ts';
import { PERSONS_COMMANDS } from '../functions/persons-commands.ts';
import { DEFAULT_FOLDER } from '../local/data-folder.ts';
import { giveCommand } from '../local/give-command.ts';
import { whoami } from '../local/whoami.ts';
import { oneLine } from './board-text.ts';

type Options = Readonly<Record<string, string | true>> & {
  readonly data: string;
  readonly reason: string;
  readonly as?: string;
  readonly id?: string;
};

const HELP = `
It is decided at once, whether the rehearsal runs or has stopped; one that has stopped goes on from it with: groundswell rehearse --data <folder>
Exit code: 0 when it was decided, 1 when it was refused, with why.`;

/** A command of a person for the command line, with who, why and an id. */
function commandOf(of: PersonsCommand): Command {
  const command = new Command(of.name).description(of.about).addHelpText('after', HELP);
  if (of.argument !== undefined) command.argument(`<${of.argument.name}>`, of.argument.about);
  for (const { flags, about } of of.options) command.option(flags, about);
  if (of.hasReason !== false) command.requiredOption('--reason <text>', 'why');
  return command
    .option('--as <who>', 'who does it (default: whom git knows, or else the user)')
    .option(
      '--id <id>',
      'of this command: given again with the same id, it gets the same answer and does nothing again (default: a new one)',
    )
    .option('--pipeline <name>', 'which one, where the service has several; with a release, configuration/4 says it too')
    .option('--data <folder>', 'the folder of the rehearsal', DEFAULT_FOLDER)
    .action(async (...given: unknown[]) => {
      const [argument, options] = of.argument === undefined ? [undefined, given[0]] : given;
      for (const line of await give(of, argument as string | undefined, options as Options)) process.stdout.write(`${oneLine(line)}\n`);
    });
}

async function give(of: PersonsCommand, argument: string | undefined, { data, as, id, ...options }: Options): Promise<readonly string[]> {
  const by = as ?? (await whoami());
  const about = of.argument === undefined ? {} : { [of.argument.name]: argument };
  return giveCommand(data, of, { ...options, ...about, by, commandId: id ?? randomUUID() });
}

export const personsCommands = (): readonly Command[] => [...PERSONS_COMMANDS.values()].map(commandOf);
