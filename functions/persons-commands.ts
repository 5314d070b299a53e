import { approve } from './approve.ts';
import { endExpedite } from './end-expedite.ts';
import { expedite } from './expedite.ts';
import { hold } from './hold.ts';
import { lift } from './lift.ts';
import { override } from './override.ts';
import type { PersonsCommand } from './persons-command.ts';
import { resume } from './resume.ts';
import { rollback } from './rollback.ts';

/** All that a person may do, by name: on the command line, in a file of acts, and as a function each. */
export const PERSONS_COMMANDS: ReadonlyMap<string, PersonsCommand> = new Map(
  [hold, resume, rollback, lift, override, expedite, approve, endExpedite].map((c) => [c.name, c]),
);
