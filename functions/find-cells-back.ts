import * as z from 'zod';
import { regionOf } from '../domain/pipeline/route.ts';
import { ownCellsBack } from './looking.ts';
import type { LogPorts } from './ports.ts';
import { openRelease, releaseInput } from './release-scope.ts';

const input = releaseInput.extend({ region: z.string() });

/** Which cells of the Region this release takes back. */
export const findCellsBack = (ports: LogPorts) => async (payload: unknown) => {
  const { region, ...ids } = input.parse(payload);
  const scope = await openRelease(ports, ids);
  const epochOf = (cell: string) => scope.pipeline.cells[cell]?.epoch ?? 0;
  const own = ownCellsBack(scope).filter((cell) => regionOf(cell) === region);
  return { cells: own.map((cell) => ({ cell, epoch: epochOf(cell), execution: scope.name(`${cell}-e${epochOf(cell)}`) })) };
};
