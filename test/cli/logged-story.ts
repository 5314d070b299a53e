import type { Command } from '../../domain/commands.ts';
import type { Event } from '../../domain/events.ts';
import type { Commit } from '../../domain/ports.ts';
import { Story } from '../domain/story.ts';

/** A story whose decisions are commits of a log, as `team/service/application` has it. */
export class LoggedStory extends Story {
  // Declared only: what the parent's constructor decides is logged before a field of this class would be set.
  declare commits: Commit<Event>[];

  override do(command: Command): readonly Event[] {
    const events = super.do(command);
    this.commits ??= [];
    const seq = this.commits.length + 1;
    const of = { stream: 'service#team/service', seq, by: 'test', commandId: `c${seq}`, schemaVersion: 1 };
    if (events.length > 0) this.commits.push({ ...of, at: this.now, events });
    return events;
  }
}
