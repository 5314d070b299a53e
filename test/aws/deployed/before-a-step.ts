import { describe, expect, it } from 'vitest';
import { openBed } from './bed.ts';
import { FIRST } from './stories.ts';

describe.concurrent('before a step', () => {
  it('an alarm that is on already is waited for, until a person lets the release pass it', async () => {
    const bed = await openBed('blocked');
    await bed.alarms[FIRST]?.set('High_P99', 'ALARM', 2_500);
    await bed.releases('hello');
    const blocked = await bed.log.until('StepBlocked');
    expect(blocked.event.blockers).toMatchObject([{ kind: 'alarm', region: FIRST, measured: { value: 2_500, threshold: 500 } }]);
    const until = new Date(Date.now() + 600_000).toISOString();
    const input = { pipeline: bed.pipeline, release: 1, blocker: 'alarm', until, reason: 'it is another service', commandId: 'override-1' };
    expect(await bed.orchestrator.command('override', input)).toMatchObject({ statusCode: 200 });
    const [overridden, entered] = [await bed.log.until('BlockerOverridden'), await bed.log.until('StepEntered')];
    expect([overridden.seq - blocked.seq, entered.seq > overridden.seq]).toEqual([1, true]);
    await bed.log.until('BakeStarted');
    const calmAt = new Date().toISOString();
    await bed.alarms[FIRST]?.set('High_P99', 'OK', 100);
    await bed.log.until('ReleaseCompleted');
    const [promoted] = await bed.log.ofType('ReleasePromoted');
    expect(promoted !== undefined && promoted.event.lookedAt > calmAt).toBe(true);
    expect(await bed.log.violations({ isComplete: true })).toEqual([]);
  });

  it('an alarm without data under a composite that is OK is no health', async () => {
    const bed = await openBed('no-data');
    await bed.alarms[FIRST]?.set('High_P50', 'INSUFFICIENT_DATA', 0);
    await bed.releases('hello');
    const { event } = await bed.log.until('StepBlocked');
    expect(event.blockers).toMatchObject([{ kind: 'noData', state: 'INSUFFICIENT_DATA', alarm: 'no-data/FrontEnd/service/High_P50' }]);
    const dataAt = new Date().toISOString();
    await bed.alarms[FIRST]?.set('High_P50', 'OK', 100);
    const entered = await bed.log.until('StepEntered');
    expect(entered.event.lookedAt > dataAt).toBe(true);
    await bed.log.until('ReleaseCompleted');
    expect(await bed.log.violations({ isComplete: true })).toEqual([]);
  });
});
