import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ArtifactChanged, StaleEpoch } from '../../domain/errors.ts';
import type { Batch, Box, Target, Version } from '../../domain/ports.ts';

/** A target with one Region, and what a test does around it. */
export interface TargetBed {
  readonly target: Target;
  readonly pipeline: string;
  /** A cell with three boxes or more, and the one-box beside it. */
  readonly cell: string;
  readonly oneBox: string;
  /** Checksum of what runs there at first. */
  readonly baseline: string;
  /** Builds another artifact and stores it. */
  brings(release: number): Promise<Version>;
  /** Stores something else under the checksum of a version that nothing has been put on yet. */
  changes(version: Version): Promise<void>;
  /** Until boxes that are being replaced are back. */
  settles(): Promise<void>;
  close(): Promise<void>;
}

const versionsOn = (boxes: readonly Box[]): Record<string, readonly [release: number, epoch: number]> =>
  Object.fromEntries(boxes.map((b) => [b.id, [b.version.release, b.epoch]]));

/** What every target does, whatever its boxes are. */
export function targetContract(name: string, open: () => Promise<TargetBed>): void {
  describe(`${name}, a target`, () => {
    let bed: TargetBed;
    beforeEach(async () => {
      bed = await open();
    });
    afterEach(() => bed.close());

    const read = (cell = bed.cell) => bed.target.current({ pipeline: bed.pipeline, cell });
    const deploy = (version: Version, epoch: number, boxes: readonly string[], over: Partial<Batch> = {}) =>
      bed.target.deployBatch({ pipeline: bed.pipeline, cell: bed.cell, version, boxes, epoch, addBox: false, removeAdded: false, ...over });
    const idsOf = async (cell = bed.cell) => (await read(cell)).boxes.map((b) => b.id);

    it('tells what runs there before anything was put there by us: release 0, by no epoch', async () => {
      for (const cell of [bed.cell, bed.oneBox]) {
        const { cell: told, boxes, size, epoch } = await read(cell);
        expect([told, size, epoch]).toEqual([cell, boxes.length, 0]);
        expect(new Set(boxes.map((b) => b.id)).size).toBe(size);
        for (const box of boxes)
          expect(box).toMatchObject({ health: 'healthy', epoch: 0, version: { release: 0, checksum: bed.baseline } });
      }
      expect((await read(bed.oneBox)).size).toBe(1);
      expect((await read()).size).toBeGreaterThanOrEqual(3);
    });

    it('puts a version on the boxes of a batch and on no other, and repeating it changes nothing', async () => {
      const version = await bed.brings(1);
      const [first = '', second = '', ...others] = await idsOf();
      await deploy(version, 5, [first, second]);
      await bed.settles();
      const reading = await read();
      expect(reading.epoch).toBe(5);
      expect(versionsOn(reading.boxes)).toEqual({
        [first]: [1, 5],
        [second]: [1, 5],
        ...Object.fromEntries(others.map((id) => [id, [0, 0]])),
      });
      expect(reading.boxes[0]).toEqual({ id: first, version, health: 'healthy', epoch: 5 });
      await deploy(version, 5, [first, second]);
      expect(await read()).toEqual(reading);
      expect(await read(bed.oneBox)).toMatchObject({ epoch: 0, boxes: [{ version: { release: 0 } }] });
    });

    it('takes nothing from an older epoch, and has epochs of its own for each cell', async () => {
      const [one, two] = [await bed.brings(1), await bed.brings(2)];
      const [first = '', second = ''] = await idsOf();
      await deploy(one, 5, [first]);
      await expect(deploy(one, 4, [second])).rejects.toThrow(StaleEpoch);
      await expect(deploy(two, 4, [first])).rejects.toThrow(StaleEpoch);
      await deploy(one, 3, await idsOf(bed.oneBox), { cell: bed.oneBox });
      await bed.settles();
      expect((await read()).epoch).toBe(5);
      expect(await read(bed.oneBox)).toMatchObject({ epoch: 3, boxes: [{ version: { release: 1 }, epoch: 3 }] });
    });

    it('is fenced by an epoch that finds nothing to do', async () => {
      const version = await bed.brings(1);
      const [first = '', second = ''] = await idsOf();
      await deploy(version, 5, [first]);
      await deploy(version, 6, [first]);
      await expect(deploy(version, 5, [second])).rejects.toThrow(StaleEpoch);
      await bed.settles();
      expect((await read()).epoch).toBe(6);
    });

    it('goes back to what was there before, by the name that it had', async () => {
      const version = await bed.brings(1);
      const { boxes } = await read();
      const before = boxes[0]?.version as Version;
      const all = boxes.map((b) => b.id);
      await deploy(version, 1, all);
      await bed.settles();
      expect((await read()).boxes.every((b) => b.version.release === 1)).toBe(true);
      await deploy(before, 2, all);
      await bed.settles();
      expect((await read()).boxes.map((b) => b.version)).toEqual(boxes.map((b) => b.version));
    });

    it('deploys no artifact that is another than was built', async () => {
      const version = await bed.brings(1);
      await bed.changes(version);
      const before = await read();
      await expect(deploy(version, 1, [before.boxes[0]?.id ?? ''])).rejects.toThrow(ArtifactChanged);
      expect(await read()).toEqual(before);
    });
  });
}
