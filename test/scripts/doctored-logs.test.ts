import { beforeAll, describe, expect, it } from 'vitest';
import { eventLines } from '../../cli/watching.ts';
import { checkLog } from '../../scripts/check-log/check.ts';
import { NotALog } from '../../scripts/check-log/read-log.ts';
import { TwoWaves, weekOf } from '../cli/week.ts';

interface Line {
  seq: number;
  commandId: string;
  type: string;
  release?: number;
  [field: string]: unknown;
}

const only = (lines: readonly Line[], type: string, release: number, where: (line: Line) => boolean = () => true): Line => {
  const found = lines.find((l) => l.type === type && l.release === release && where(l));
  if (found === undefined) throw new Error(`the week has no such ${type} of release ${release}`);
  return found;
};

/** Takes events out; a commit that is left without any goes, and those after it close up, so that only what is missing is wrong. */
function without(lines: readonly Line[], gone: (line: Line) => boolean): Line[] {
  const left = lines.filter((l) => !gone(l));
  const seqs = [...new Set(left.map((l) => l.seq))];
  return left.map((l) => ({ ...l, seq: seqs.indexOf(l.seq) + 1 }));
}

/** A small change to a good log, and the number of the invariant that it breaks. */
const DOCTORED: readonly [number, string, (lines: Line[]) => Line[]][] = [
  [
    1,
    'a step that changes two cells of a Region',
    (lines) => {
      const cells = only(lines, 'StepEntered', 1, (l) => l.step === 'wave-1/cells-1').cells as { cell: string; epoch: number }[];
      cells.push({ cell: 'eu-south-2/eu-south-2b', epoch: 1 });
      return lines;
    },
  ],
  [
    2,
    'a batch that takes out more than a third',
    (lines) => {
      Object.assign(
        only(lines, 'BatchDeployed', 1, (l) => l.cell === 'eu-south-2/eu-south-2a'),
        { boxes: ['b1', 'b2', 'b3'], healthyTaken: 3 },
      );
      return lines;
    },
  ],
  [
    4,
    'a step entered on a Saturday',
    (lines) => {
      Object.assign(
        only(lines, 'StepEntered', 1, (l) => l.step === 'wave-2/one-box'),
        { lookedAt: '2026-11-07T12:00:00.000Z' },
      );
      return lines;
    },
  ],
  [
    4,
    'a step entered against an alarm',
    (lines) => {
      const alarms = only(lines, 'StepEntered', 1, (l) => l.step === 'wave-1/cells-2').alarms as { state: string }[];
      for (const alarm of alarms) alarm.state = 'ALARM';
      return lines;
    },
  ],
  [
    5,
    'a promotion without a bake that passed',
    (lines) => without(lines, (l) => l.type === 'BakePassed' && l.release === 1 && l.scope === 'wave-1/cells-1'),
  ],
  [
    6,
    'a cell that goes back to what left',
    (lines) => {
      const back = only(lines, 'CellRolledBack', 4);
      back.to = { release: 4, version: 'r4-slow0000ffff', checksum: 'slow0000'.padEnd(64, 'f') };
      return lines;
    },
  ],
  [
    7,
    'a slot that another release holds',
    (lines) => {
      const early = only(lines, 'StepEntered', 3, (l) => l.step === 'wave-1/cells-1');
      const moved = {
        ...early,
        at: '2026-11-02T14:10:00.000Z',
        lookedAt: '2026-11-02T14:10:00.000Z',
        enteredAt: '2026-11-02T14:10:00.000Z',
      };
      const index = lines.findIndex((l) => String(l.at) > '2026-11-02T14:10:00.000Z');
      const rest = lines.filter((l) => l !== early);
      rest.splice(index, 0, { ...moved, seq: (rest[index]?.seq ?? 0) - 0.5 });
      const seqs = [...new Set(rest.map((l) => l.seq))].toSorted((a, b) => a - b);
      return rest.map((l) => ({ ...l, seq: seqs.indexOf(l.seq) + 1 }));
    },
  ],
  [
    9,
    'a command that decided twice',
    (lines) => {
      const [first, second] = [only(lines, 'BakeStarted', 1), only(lines, 'BakePassed', 1)];
      second.commandId = first.commandId;
      return lines.map((l) => (l.seq === second.seq ? { ...l, commandId: first.commandId } : l));
    },
  ],
  [
    11,
    'a quarantined release that enters',
    (lines) => {
      const last = lines.findLast((l) => l.type === 'StepBlocked' && l.release === 5);
      const entered = only(lines, 'StepEntered', 6, (l) => l.step === 'wave-1/one-box');
      const { blockers: _, ...of } = last ?? entered;
      const bad = { ...entered, ...of, type: 'StepEntered', release: 5 };
      return lines.map((l) => (l === last ? bad : l));
    },
  ],
  [13, 'an alarm that takes nobody out', (lines) => without(lines, (l) => l.type === 'RollbackStarted' && l.release === 4)],
];

describe('the log of the example’s week', () => {
  let week: string[];
  beforeAll(async () => {
    week = (await weekOf(TwoWaves)).flatMap(eventLines);
  });
  const doctored = (change: (lines: Line[]) => Line[]) => change(week.map((l) => JSON.parse(l) as Line)).map((l) => JSON.stringify(l));

  it('breaks no invariant, to its end', async () => {
    expect((await checkLog(week, { isComplete: true })).violations).toEqual([]);
  });

  it.each(DOCTORED)('breaks invariant %i with %s', async (invariant, _, change) => {
    const { violations } = await checkLog(doctored(change));
    expect(violations.map((v) => v.invariant)).toContain(invariant);
  });

  it('breaks invariant 8 when it ends before its releases do', async () => {
    const half = week.filter((l) => (JSON.parse(l) as Line).at! < '2026-11-03');
    expect((await checkLog(half)).violations).toEqual([]);
    expect((await checkLog(half, { isComplete: true })).violations.map((v) => v.invariant)).toContain(8);
  });

  it('breaks invariant 9 without any one of its commits', async () => {
    const seqs = [...new Set(week.map((l) => (JSON.parse(l) as Line).seq))];
    for (const seq of seqs.slice(1, -1).filter((n) => n % 7 === 0)) {
      const { violations } = await checkLog(week.filter((l) => (JSON.parse(l) as Line).seq !== seq));
      expect(violations.map((v) => v.invariant)).toContain(9);
    }
  });

  it('is no log with a line that is none', async () => {
    await expect(checkLog([...week.slice(0, 3), 'nonsense'])).rejects.toThrow(NotALog);
  });
});
