import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { named, readEnvironment } from '../../aws/environment.ts';
import { fullJitterMs } from '../../aws/jitter.ts';
import { artifactBucketName, forwarderArn, placeIn, placesOf, targetsText } from '../../aws/places.ts';

const TARGETS = { '111122223333': ['us-east-1', 'eu-west-1'], '444455556666': ['cn-north-1'] };

describe('target Regions', () => {
  it('have a role for each kind of work, in the partition of the Region', () => {
    expect(placesOf(TARGETS, 'Groundswell', 'deploy')).toEqual([
      { region: 'us-east-1', account: '111122223333', role: 'arn:aws:iam::111122223333:role/Groundswell-us-east-1-deploy' },
      { region: 'eu-west-1', account: '111122223333', role: 'arn:aws:iam::111122223333:role/Groundswell-eu-west-1-deploy' },
      { region: 'cn-north-1', account: '444455556666', role: 'arn:aws-cn:iam::444455556666:role/Groundswell-cn-north-1-deploy' },
    ]);
  });

  it('have a rule by which their alarms come home', () => {
    expect(forwarderArn('Groundswell', { account: '111122223333', region: 'cn-north-1' })).toBe(
      'arn:aws-cn:events:cn-north-1:111122223333:rule/Groundswell-alarms',
    );
  });

  it('that were not given are an error which says who adds them', () => {
    expect(() => placeIn(placesOf(TARGETS, 'Groundswell', 'watch'), 'eu-north-1')).toThrow(
      /^region: 'eu-north-1'; expected one of us-east-1, eu-west-1, cn-north-1: whoever deploys Groundswell adds it/,
    );
  });
});

describe('the environment', () => {
  const schema = z.object({ EVENTS_TABLE: named, TARGETS: named.pipe(targetsText) });

  it('is told from its names', () => {
    expect(readEnvironment(schema, { EVENTS_TABLE: 'Events', TARGETS: JSON.stringify(TARGETS) })).toEqual({
      EVENTS_TABLE: 'Events',
      TARGETS,
    });
  });

  it.each([
    [{}, /EVENTS_TABLE: expected what the stack has set; TARGETS: expected what the stack has set/],
    [{ EVENTS_TABLE: '', TARGETS: '{}' }, /^environment: EVENTS_TABLE: expected what the stack has set$/],
    [
      { EVENTS_TABLE: 'e', TARGETS: '{"1":["us-east-1"]}' },
      /TARGETS: '\{"1":\["us-east-1"\]\}'; expected \{"<account>": \["<Region>", …\]\}/,
    ],
    [{ EVENTS_TABLE: 'e', TARGETS: 'nothing' }, /TARGETS: 'nothing'; expected/],
  ])('%j is an error that names every variable at fault', (variables, expected) => {
    expect(() => readEnvironment(schema, variables)).toThrow(expected);
  });
});

describe('a bucket of artifacts', () => {
  it('has a name that S3 takes, however long its parts', () => {
    const name = artifactBucketName('An-Orchestrator-Of-24-Ch', { account: '111122223333', region: 'ap-northeast-3' });
    expect(name).toBe('an-orchestrator-of-24-ch-111122223333-ap-northeast-3-artifacts');
    expect(name.length).toBeLessThanOrEqual(63);
  });
});

describe('a lost race', () => {
  it('is run again after anything up to a bound that doubles, and has an end', () => {
    expect([1, 2, 3, 4].map((attempt) => fullJitterMs(attempt, 1))).toEqual([20, 40, 80, 160]);
    expect(fullJitterMs(200, 1)).toBe(2_000);
    expect(fullJitterMs(5, 0)).toBe(0);
    expect(fullJitterMs(1, 0.5)).toBe(10);
  });
});
