import * as z from 'zod';
import { regionOf } from '../domain/route.ts';
import type { Ports } from './ports.ts';
import { openRelease, releaseInput } from './release-scope.ts';

const input = releaseInput.extend({ region: z.string() });

/** Which cells of the Region this release takes back. */
export const findCellsBack = (ports: Ports) => async (payload: unknown) => {
  const { region, ...ids } = input.parse(payload);
  const { pipeline, release, name } = await openRelease(ports, ids);
  const own = Object.entries(pipeline.cells).filter(
    ([cell, c]) => c.back?.owner === release.number && !c.back.failed && regionOf(cell) === region,
  );
  return { cells: own.map(([cell, c]) => ({ cell, epoch: c.epoch, execution: name(`${cell}-e${c.epoch}`) })) };
};
