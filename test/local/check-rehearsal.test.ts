import { describe, expect, it } from 'vitest';
import { InvalidInput } from '../../domain/errors.ts';
import { checkRehearsal, parseIncidents } from '../../local/check-rehearsal.ts';

const FILE = 'pipeline.ts';
const READ = { name: 'Read', weight: 1, event: { path: '/' } };
const messageOf = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidInput);
    return (error as Error).message;
  }
  return 'no error';
};

describe('what a pipeline file exports as rehearsal', () => {
  it.each([
    ['with the least', { requests: [READ] }],
    [
      'with everything',
      {
        requestsPerHour: () => 1,
        requests: [READ, { name: 'Write2', weight: 0.5, event: () => ({}) }],
        canary: async () => {},
        dependencies: { bank: { latencyMs: 0, respond: () => null } },
      },
    ],
  ])('is taken as it is %s', (_, exported) => {
    expect(checkRehearsal(exported, FILE)).toBe(exported);
  });

  it('is missed, with an example of it', () => {
    expect(messageOf(() => checkRehearsal(undefined, FILE))).toMatch(
      /^pipeline file pipeline\.ts: it exports no rehearsal; expected the requests to send, as in: export const rehearsal/,
    );
  });

  it.each<[unknown, RegExp]>([
    [null, /^pipeline file pipeline\.ts: rehearsal: /],
    [{}, /: rehearsal\.requests: /],
    [{ requests: [] }, /: rehearsal\.requests: /],
    [{ requests: [{ ...READ, name: 'Read it' }] }, /: rehearsal\.requests\.0\.name: expected letters and digits, as in CreateOrder$/],
    [{ requests: [READ, { ...READ, weight: -1 }] }, /: rehearsal\.requests\.1\.weight: /],
    [{ requests: [{ ...READ, wieght: 1 }] }, /: rehearsal\.requests\.0: .*wieght/],
    [{ requests: [READ], canary: 'GET /' }, /: rehearsal\.canary: expected a function$/],
    [{ requests: [READ], requestsPerHour: 100 }, /: rehearsal\.requestsPerHour: expected a function$/],
    [{ requests: [READ], dependencies: { bank: { latencyMs: -1, respond: () => 0 } } }, /: rehearsal\.dependencies\.bank\.latencyMs: /],
    [{ requests: [READ], dependencies: { bank: { latencyMs: 1 } } }, /: rehearsal\.dependencies\.bank\.respond: expected a function$/],
    [{ requests: [READ], canry: () => {} }, /: rehearsal: .*canry/],
  ])('is refused with the field that is wrong: %j', (exported, message) => {
    const told = messageOf(() => checkRehearsal(exported, FILE));
    expect(told).toMatch(message);
    expect(told).not.toContain('\n');
  });
});

describe('an incidents file', () => {
  const parse = (incidents: unknown) =>
    parseIncidents(JSON.stringify(incidents), 'down.json', {
      regions: ['eu-south-2', 'us-east-1'],
      dependencies: ['shipping'],
      organisationAlarms: [EVENT],
    });
  const EVENT = 'arn:aws:cloudwatch:us-east-1:123456789012:alarm:LargeScaleEvent';
  const of = { region: 'us-east-1', from: '2026-11-02T12:00:00Z', minutes: 5 };
  const down = { ...of, kind: 'dependencyDown', dependency: 'shipping' };
  const slow = { ...down, kind: 'dependencySlow', latencyMs: 900 };

  it('is a list of any kinds, with instants of any offset', () => {
    const gone = { ...of, kind: 'trafficGone', from: '2026-11-02T14:30:00+02:30', minutes: 0.5 };
    const from = '2026-11-02T12:00:00.000Z';
    expect(parse([down, slow, gone])).toEqual([
      { ...down, from },
      { ...slow, from },
      { ...gone, from },
    ]);
    const event = { kind: 'organisationAlarm', alarm: EVENT, from: '2026-11-02T12:00:00Z', minutes: 60 };
    expect(parse([event])).toEqual([{ ...event, from }]);
    expect(parse([])).toEqual([]);
  });

  it.each<[unknown, RegExp]>([
    [{}, /^--incidents: down\.json: the file: /],
    [[{ ...down, kind: 'flood' }], /^--incidents: down\.json: 0\.kind: /],
    [[down, { ...down, dependency: undefined }], /: 1\.dependency: /],
    [[{ ...slow, latencyMs: undefined }], /: 0\.latencyMs: /],
    [[{ ...slow, latencyMs: 0 }], /: 0\.latencyMs: /],
    [[{ ...down, latencyMs: 900 }], /: 0: .*latencyMs/],
    [[{ ...of, kind: 'trafficGone', dependency: 'shipping' }], /: 0: .*dependency/],
    [[{ ...down, minutes: 0 }], /: 0\.minutes: /],
    [[{ ...down, from: 'noon' }], /: 0\.from: /],
    [[{ ...down, from: '2026-11-02T12:00:00' }], /: 0\.from: /],
    [[{ ...down, region: 'mars' }], /: 0\.region: 'mars'; expected one of eu-south-2, us-east-1$/],
    [[{ kind: 'organisationAlarm', from: of.from, minutes: 5 }], /: 0\.alarm: /],
    [[{ ...of, kind: 'organisationAlarm', alarm: EVENT }], /: 0: .*region/],
    [[{ kind: 'organisationAlarm', alarm: 'Storm', from: of.from, minutes: 5 }], /: 0\.alarm: 'Storm'; expected one of arn:aws:/],
    [[down, { ...down, dependency: 'bank' }], /: 1\.dependency: 'bank'; expected one of shipping$/],
  ])('is refused with the field that is wrong: %j', (incidents, message) => {
    const told = messageOf(() => parse(incidents));
    expect(told).toMatch(message);
    expect(told).not.toContain('\n');
  });

  it('is refused for a dependency where the service has none', () => {
    const text = JSON.stringify([down]);
    expect(
      messageOf(() => parseIncidents(text, 'down.json', { regions: ['us-east-1'], dependencies: [], organisationAlarms: [] })),
    ).toMatch(/'shipping'; expected one of none$/);
  });

  it('is refused when it is no JSON', () => {
    expect(messageOf(() => parseIncidents('[', 'down.json', { regions: [], dependencies: [], organisationAlarms: [] }))).toMatch(
      /^--incidents: down\.json is no JSON: /,
    );
  });
});
