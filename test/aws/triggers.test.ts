import { beforeEach, describe, expect, it } from 'vitest';
import type { Sign } from '../../aws/alarm-paths.ts';
import { onAlarmEvent } from '../../aws/on-alarm-event.ts';
import { personsRequest } from '../../aws/persons-request.ts';
import { pipelineOfEvent, reconcileEvent } from '../../aws/reconcile-event.ts';
import type { Measurement } from '../../domain/events.ts';
import { TwoWaves } from '../cli/week.ts';
import { World } from '../statemachines/world.ts';

const ORGANISATION = 'arn:aws:cloudwatch:us-east-1:999900009999:alarm:large-scale-event';

class Watched extends TwoWaves {
  override organisationAlarms = [ORGANISATION];
}

let world: World;
beforeEach(async () => {
  world = new World(Watched);
  await world.define();
});
const events = async () => (await world.commits()).flatMap((c) => c.events);

const statusChange = (input: unknown) => ({
  source: 'aws.states',
  'detail-type': 'Step Functions Execution Status Change',
  detail: { status: 'ABORTED', ...(input === undefined ? {} : { input: typeof input === 'string' ? input : JSON.stringify(input) }) },
});

describe('the reconciler', () => {
  it('is told by an event which pipeline it is about; otherwise it is about all of them', () => {
    expect(pipelineOfEvent(statusChange({ pipeline: 'a/b/c', release: 1 }))).toBe('a/b/c');
    for (const other of [{}, null, statusChange(undefined), statusChange('{'), statusChange({ pipeline: 'a' }), statusChange({})])
      expect(pipelineOfEvent(other)).toBeNull();
  });

  it('finds, on its schedule, a push that was lost', async () => {
    const lost = world.source.push('lost');
    await reconcileEvent(world.runtime.ports)({});
    expect((await events()).find((e) => e.type === 'ReleaseCreated')).toMatchObject({ revision: lost });
    expect([...(await world.runtime.ports.executions.running())]).toHaveLength(1);
  });

  it('says of which pipelines it could not tell', async () => {
    world.source.newest = async () => {
      throw new Error('no answer');
    };
    await expect(reconcileEvent(world.runtime.ports)({})).rejects.toThrow(`not reconciled: ${world.pipeline}: no answer`);
  });
});

const ACCOUNT = '111122223333';
const REGION = 'eu-south-2';
const alarmEvent = (arn: string, value = 'ALARM') => ({
  source: 'aws.cloudwatch',
  'detail-type': 'CloudWatch Alarm State Change',
  resources: [arn],
  detail: { alarmName: arn.split(':alarm:')[1], state: { value, reason: 'children', timestamp: '2026-11-02T09:00:00.000+0000' } },
});
const aggregateIn = (account: string) => `arn:aws:cloudwatch:${REGION}:${account}:alarm:${world.definition.team}/High_Severity_Aggregate`;
const measurement: Measurement = { alarm: 'leaf', metric: 'FaultRate', value: 9, threshold: 5, comparison: 'above' };

describe('an alarm', () => {
  const heard: Sign[] = [];
  const paths = { hear: async (sign: Sign) => void heard.push(sign) };
  const tell = (event: unknown, measured: () => Promise<Measurement | null> = async () => measurement) =>
    onAlarmEvent({ ...world.runtime.ports, paths, alarms: { accountOf: (_, region) => (region === REGION ? ACCOUNT : null), measured } })(
      event,
    );
  const raised = async () => (await events()).filter((e) => e.type === 'AlarmRaised');

  it('of the team is appended with what it measured, once', async () => {
    await tell(alarmEvent(aggregateIn(ACCOUNT)));
    await tell(alarmEvent(aggregateIn(ACCOUNT)));
    expect(await raised()).toMatchObject([{ region: REGION, changedAt: '2026-11-02T09:00:00.000Z', measured: measurement }]);
  });

  it('is appended without what it measured when that takes too long', async () => {
    await tell(alarmEvent(aggregateIn(ACCOUNT)), () => new Promise(() => {}));
    expect(await raised()).toMatchObject([{ region: REGION, measured: null }]);
  });

  it('has a sign each minute that it would come, by the rule that forwards it', async () => {
    const rule = `arn:aws:events:${REGION}:${ACCOUNT}:rule/Groundswell-alarms`;
    const event = { source: 'aws.events', 'detail-type': 'Scheduled Event', time: '2026-11-02T09:00:00Z', resources: [rule], detail: {} };
    await tell(event);
    expect(heard).toEqual([{ rule, at: '2026-11-02T09:00:00.000Z' }]);
    expect(await raised()).toEqual([]);
    await expect(tell({ ...event, resources: ['arn:aws:events:nowhere'] })).rejects.toThrow(/detail-type/);
  });

  it('of the same name in another account is none of the team', async () => {
    await tell(alarmEvent(aggregateIn('444455556666')));
    expect(await raised()).toEqual([]);
  });

  it('of the organisation wakes who waits to enter, and rolls nothing back', async () => {
    const woken: string[] = [];
    const { views, waker } = world.runtime.ports;
    waker.wake = async (token) => void woken.push(token);
    const [team, service] = world.pipeline.split('/');
    for (const purpose of ['enter', 'bake'])
      await views.addWaiter({ key: `service#${team}/${service}#${purpose}`, token: purpose, expiresAt: '2026-11-02T10:00:00.000Z' });
    await tell(alarmEvent(ORGANISATION, 'OK'));
    expect(woken).toEqual(['enter']);
    expect(await raised()).toEqual([]);
  });
});

describe('a command of a person', () => {
  const ARN = 'arn:aws:sts::111122223333:assumed-role/oncall/ada';
  const post = (body: unknown, over: Record<string, unknown> = {}) =>
    personsRequest(world.runtime.ports)({
      requestContext: { authorizer: { iam: { userArn: ARN } } },
      body: typeof body === 'string' ? body : JSON.stringify(body),
      isBase64Encoded: false,
      ...over,
    });
  const hold = (over: Record<string, unknown> = {}) => ({
    command: 'hold',
    input: { pipeline: world.pipeline, reason: 'an outage', commandId: 'h1', ...over },
  });

  it('is done by who asks, whoever the body says', async () => {
    const { statusCode, body } = await post(hold({ by: 'somebody else' }));
    expect([statusCode, JSON.parse(body).answer[0]]).toEqual([200, expect.stringContaining('The pipeline is held')]);
    expect((await events()).find((e) => e.type === 'PipelineHeld')).toMatchObject({ heldBy: ARN });
  });

  it('may come in base64', async () => {
    const { statusCode } = await post(Buffer.from(JSON.stringify(hold())).toString('base64'), { isBase64Encoded: true });
    expect(statusCode).toBe(200);
  });

  it('that makes no sense is 400 with the field, and 409 as things are', async () => {
    await post(hold());
    const answers = await Promise.all([
      post('{'),
      post({ command: 'hodl', input: {} }),
      post(hold({ reason: ' ' })),
      post(hold({ commandId: 'h2' })),
      post('x'.repeat(20_000)),
    ]);
    expect(answers.map((a) => a.statusCode)).toEqual([400, 400, 400, 409, 400]);
    expect(answers.map((a) => JSON.parse(a.body).error)).toEqual([
      expect.stringMatching(/^body: no JSON/),
      expect.stringMatching(/^command: 'hodl'; expected one of hold, resume/),
      expect.stringMatching(/^reason: /),
      expect.stringMatching(/held already/),
      expect.stringMatching(/^body: 20000 characters/),
    ]);
  });

  it('of nobody is an error', async () => {
    await expect(post(hold(), { requestContext: {} }).then((a) => a.statusCode)).resolves.toBe(400);
  });
});
