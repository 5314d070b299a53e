import { GroundswellError, InvalidInput } from '../domain/errors.ts';
import type { Instant } from '../domain/ports.ts';
import type { Answer, PersonsPorts } from '../functions/persons-command.ts';
import { PERSONS_COMMANDS } from '../functions/persons-commands.ts';
import { type Act, inputOf } from './acts.ts';
import { type CommandServer, serveCommands } from './command-server.ts';
import type { DataFolder } from './data-folder.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** What came of an act: what was decided in words, or why it was refused. */
export interface Told {
  readonly act: Act;
  readonly at: Instant;
  readonly answer: Answer;
}

export interface PeopleOptions {
  readonly clock: VirtualClock;
  readonly ports: PersonsPorts;
  readonly pipelines: readonly string[];
  readonly tell: (told: Told) => void;
}

/** What people do in a rehearsal: as a file says, and whoever gives a command while it runs. */
export class People {
  readonly #options: PeopleOptions;
  #actsLeft = 0;

  constructor(options: PeopleOptions) {
    this.#options = options;
  }

  get actsLeft(): number {
    return this.#actsLeft;
  }

  /** Those before `firstMs` were done before the rehearsal was killed; of those at that moment the log tells. */
  schedule(acts: readonly Act[], firstMs: number): void {
    const { clock, pipelines, tell } = this.#options;
    for (const [index, act] of acts.entries()) {
      if (Date.parse(act.at) < firstMs) continue;
      this.#actsLeft++;
      clock.at(Date.parse(act.at), async () => {
        const answer = await this.#run(act.command, inputOf(act, index, pipelines)).catch(refusal);
        this.#actsLeft--;
        tell({ act, at: clock.now(), answer });
      });
    }
  }

  /** Takes commands of other processes, each in its turn. */
  async listen(folder: DataFolder): Promise<CommandServer> {
    const { clock } = this.#options;
    const server = await serveCommands((command, payload) => clock.arrive(() => this.#run(command, payload)));
    await folder.announceCommands(server);
    return server;
  }

  async #run(name: string, payload: unknown): Promise<Answer> {
    const command = PERSONS_COMMANDS.get(name);
    if (command === undefined) throw new InvalidInput(`command: '${name}'; expected one of ${[...PERSONS_COMMANDS.keys()].join(', ')}`);
    return command.run(this.#options.ports, payload);
  }
}

/** An act that makes no sense is told, and changes nothing. */
function refusal(error: unknown): Answer {
  if (error instanceof GroundswellError) return [`refused: ${error.message}`];
  throw error;
}
