import { type PublishCommandInput, SNSClient } from '@aws-sdk/client-sns';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SnsNotifier, subjectOf } from '../../aws/notifier.ts';
import { answering } from './answering.ts';

const page = { id: 'orders/api/app-r7/wave-1/one-box/x', title: 'release 7', text: 'Since …', pipeline: 'orders/api/app', release: 7 };

describe('a page', () => {
  it('goes to the topic with what it is about', async () => {
    const sent: PublishCommandInput[] = [];
    const { client } = answering(new SNSClient({ region: 'eu-west-1' }), (_, input) => ({ MessageId: String(sent.push(input)) }));
    await new SnsNotifier(client, 'arn:aws:sns:eu-west-1:111122223333:pages').page(page);
    expect(sent).toMatchObject([
      {
        TopicArn: 'arn:aws:sns:eu-west-1:111122223333:pages',
        Subject: 'release 7',
        Message: 'release 7\n\nSince …',
        MessageAttributes: { id: { DataType: 'String', StringValue: page.id }, release: { StringValue: '7' } },
      },
    ]);
  });

  it('that does not go out is an error: it is sent again', async () => {
    const { client } = answering(new SNSClient({ region: 'eu-west-1' }), () => new Error('throttled'));
    await expect(new SnsNotifier(client, 'arn').page(page)).rejects.toThrow('throttled');
  });

  it('has a subject that SNS takes, whatever its title', () => {
    expect(subjectOf('release 7 of orders/api/app cannot end the bake of wave-1')).toBe(
      'release 7 of orders/api/app cannot end the bake of wave-1',
    );
    expect(subjectOf('a\n“b”\u0007')).toBe('a b');
    expect(subjectOf('x'.repeat(101))).toBe(`${'x'.repeat(97)}...`);
    const characters = fc.array(fc.integer({ min: 0, max: 0x2100 }), { maxLength: 200 });
    fc.assert(
      fc.property(characters, (codes) => {
        expect(subjectOf(String.fromCharCode(...codes))).toMatch(/^[\x21-\x7e](?:[\x20-\x7e]{0,98}[\x21-\x7e])?$/);
      }),
    );
  });
});
