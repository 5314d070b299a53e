import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { GroundswellError } from '../../domain/errors.ts';
import type { ReferenceEvent } from './push.ts';

/** What the rule of a pipeline matches, beside what CodeCommit itself tells. */
export const GITHUB_SOURCE = 'groundswell.github';
export const REFERENCE_CHANGED = 'CodeCommit Repository State Change';

/** EventBridge answered that it has not taken an event. */
export class EventNotTaken extends GroundswellError {
  override readonly name = 'EventNotTaken';
}

/** Puts pushes on the default bus, as CodeCommit does. */
export class ReferenceBus {
  readonly #client: EventBridgeClient;

  constructor(client: EventBridgeClient) {
    this.#client = client;
  }

  /** @throws EventNotTaken */
  async put(event: ReferenceEvent): Promise<void> {
    const entry = { EventBusName: 'default', Source: GITHUB_SOURCE, DetailType: REFERENCE_CHANGED, Detail: JSON.stringify(event) };
    const { FailedEntryCount, Entries } = await this.#client.send(new PutEventsCommand({ Entries: [entry] }));
    const [taken] = Entries ?? [];
    if (FailedEntryCount !== 0 || taken?.EventId === undefined)
      throw new EventNotTaken(
        `the default event bus did not take a push: ${taken?.ErrorCode ?? 'no answer'} ${taken?.ErrorMessage ?? ''}`.trim(),
      );
  }
}
