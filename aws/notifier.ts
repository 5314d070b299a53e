import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import type { Notifier, Page } from '../domain/ports.ts';

/** What SNS takes as a subject: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html */
const LONGEST_SUBJECT = 100;
const ELLIPSIS = '...';

/**
 * Pages by a topic: mail, chat and pagers subscribe to it. A topic delivers what was published twice twice; the attribute `id` tells receivers that it is
 * the same page.
 */
export class SnsNotifier implements Notifier {
  readonly #client: SNSClient;
  readonly #topicArn: string;

  /** @param client of the topic's Region */
  constructor(client: SNSClient, topicArn: string) {
    this.#client = client;
    this.#topicArn = topicArn;
  }

  async page({ id, title, text, pipeline, release }: Page): Promise<void> {
    const attributes = Object.entries({ id, pipeline, release: String(release) });
    await this.#client.send(
      new PublishCommand({
        TopicArn: this.#topicArn,
        Subject: subjectOf(title),
        Message: `${title}\n\n${text}`,
        MessageAttributes: Object.fromEntries(attributes.map(([name, value]) => [name, { DataType: 'String', StringValue: value }])),
      }),
    );
  }
}

/** Printable ASCII in one line that begins with no space; a publication with any other subject is refused, and nobody paged. */
export function subjectOf(title: string): string {
  const ascii = title.replace(/[^\x20-\x7e]+/g, ' ').trim() || 'Groundswell needs a person';
  return ascii.length <= LONGEST_SUBJECT ? ascii : ascii.slice(0, LONGEST_SUBJECT - ELLIPSIS.length).trimEnd() + ELLIPSIS;
}
