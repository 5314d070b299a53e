// What the checker needs of the definition that PipelineDefined carries; the rest of it is passed over.
import * as z from 'zod';

const bake = z.object({
  seconds: z.number(),
  dataPoints: z.array(z.object({ metric: z.string(), atLeast: z.number() })),
  healthySeconds: z.number(),
});
const rollOut = z.object({
  batchPercent: z.number(),
  minHealthyPercent: z.number(),
  fewBoxes: z.enum(['add', 'accept']),
  paceSeconds: z.number(),
});
const stage = z.object({
  id: z.string(),
  regions: z.array(z.object({ region: z.string(), cells: z.array(z.string()) })),
  oneBox: z.object({ requestPercent: z.number(), rollOut, bake }),
  cells: z.object({ rollOut, bake }),
  bake,
});
const windows = z.object({
  zone: z.string(),
  days: z.array(z.number()),
  from: z.string(),
  to: z.string(),
  holidays: z.array(z.string()),
});

export const definitionSchema = z.object({
  team: z.string(),
  service: z.string(),
  pipeline: z.string(),
  target: z.object({ kind: z.string(), oneBoxAlias: z.string().nullable().optional() }),
  stages: z.array(stage).min(1),
  windows: windows.nullable(),
  maxDeploymentsPerWindow: z.number().nullable(),
  regionHours: z.record(z.string(), windows),
  staffed: z.array(windows),
  freezes: z.array(z.object({ reason: z.string(), from: z.string(), to: z.string(), responders: z.array(z.string()).optional() })),
  expediting: z.object({ principals: z.array(z.string()), approvals: z.number() }).nullable(),
  organisationAlarms: z.array(z.string()),
  alarms: z.object({ oneBox: z.array(z.unknown()) }),
  health: z.object({
    anomalies: z.enum(['rollBack', 'record']),
    atLeastRequests: z.number(),
    failureLimit: z.number(),
    errorLimit: z.number(),
  }),
  exceptions: z.array(z.string()),
});

export type Definition = z.infer<typeof definitionSchema>;
export type Stage = z.infer<typeof stage>;
export type Windows = z.infer<typeof windows>;
export type Bake = z.infer<typeof bake>;

/** Cells of an alias carry two versions at most. */
export const carriesTwoVersions = (definition: Definition | undefined): boolean => definition?.target.kind === 'lambdaAlias';

/** One-box and cells are weights of one alias: one slot for both. */
export const isOneSlot = (definition: Definition | undefined): boolean =>
  carriesTwoVersions(definition) && definition?.target.oneBoxAlias === null;

/** A stage's steps in order: the one-box, then the first cell of each Region, the second, and so on. */
export function stepsOf({ id, regions }: Stage): { step: string; cells: string[] }[] {
  const rounds = Math.max(...regions.map((r) => r.cells.length));
  const oneBox = { step: `${id}/one-box`, cells: regions.map((r) => `${r.region}/one-box`) };
  const rest = Array.from({ length: rounds }, (_, i) => ({
    step: `${id}/cells-${i + 1}`,
    cells: regions.flatMap((r) => (r.cells[i] === undefined ? [] : [`${r.region}/${r.cells[i]}`])),
  }));
  return [oneBox, ...rest];
}

/** The stage that a scope (a step, or the stage itself) belongs to. */
export const stageIn = (definition: Definition | undefined, scope: string): Stage | undefined =>
  definition?.stages.find((s) => s.id === scope.split('/')[0]);

/** The bake of a scope. */
export function bakeOf(stage: Stage, scope: string): Bake {
  if (scope === stage.id) return stage.bake;
  return isOneBox(scope) ? stage.oneBox.bake : stage.cells.bake;
}

/** Of a cell, a step or a slot. */
export const isOneBox = (id: string): boolean => id === 'one-box' || id.endsWith('/one-box');

export const regionOf = (cell: string): string => cell.split('/')[0] ?? '';
