import { describe, expect, it } from 'vitest';
import { type Bed, openBed } from './bed.ts';
import { FIRST, HOME } from './stories.ts';

const AWAY = 'eu-west-1';
const millis = (from: string, to: string): number => Date.parse(to) - Date.parse(from);

async function rolledBackBy(bed: Bed) {
  const { at, by, event } = await bed.log.until('RollbackStarted');
  if (event.reason.kind !== 'alarm') throw new Error(event.reason.kind);
  return { at, by, reason: event.reason };
}

describe('an alarm that goes off in one Region while releases of the team bake', () => {
  it('takes every one of them back within two seconds, to what ran before, and says why', async () => {
    const [bed, beside] = [await openBed('alarm'), await openBed('alarm-beside')];
    const both = [bed, beside];
    const before = await Promise.all(both.map((one) => one.aliases()));
    for (const one of both) await one.releases('slow');
    for (const one of both) await one.log.until('BakeStarted', { where: ({ scope }) => scope === 'wave-2' });
    const raisedAt = new Date().toISOString();
    await bed.alarms[AWAY]?.set('High_P99', 'ALARM', 2_500);
    for (const one of both) {
      const { at, reason } = await rolledBackBy(one);
      console.log(`${one.name}: its rollback began ${millis(raisedAt, at)} ms after the alarm`);
      expect(millis(raisedAt, at)).toBeLessThan(2_000);
      expect(reason).toMatchObject({ region: AWAY, measured: { alarm: 'alarm/FrontEnd/service/High_P99', value: 2_500, threshold: 500 } });
      await one.log.until('ReleaseRolledBack');
    }
    for (const [i, one] of both.entries()) {
      await one.log.until('StepBlocked', { where: ({ blockers }) => blockers.some(({ kind }) => kind === 'settling') });
      const after = await one.aliases();
      expect([after[HOME], after[AWAY]]).toEqual([before[i]?.[HOME], before[i]?.[AWAY]]);
      expect(await one.says(FIRST)).toBe('slow');
      expect(await one.says(AWAY)).toBe('baseline');
      expect(await one.log.violations({ isComplete: true })).toEqual([]);
    }
  });

  it('is found by the next look when its event is lost', async () => {
    const bed = await openBed('unheard');
    await bed.releases('slow');
    await bed.log.until('BakeStarted', { where: ({ scope }) => scope === 'wave-1' });
    await bed.orchestrator.whileDeaf(FIRST, async () => {
      const raisedAt = new Date().toISOString();
      await bed.alarms[FIRST]?.set('High_P99', 'ALARM', 2_500);
      const { at, by } = await rolledBackBy(bed);
      expect(by).not.toBe('on-alarm');
      console.log(`without the event, by the next look of the bake, which may be its first: ${millis(raisedAt, at)} ms after the alarm`);
      expect(millis(raisedAt, at)).toBeLessThan(8_000);
    });
    await bed.log.until('ReleaseRolledBack');
    expect(await bed.log.violations({ isComplete: true })).toEqual([]);
  });
});
