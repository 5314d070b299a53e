import type { EventOf } from '../events.ts';
import type { Version } from '../ports.ts';
import type { CellState, PipelineState, ReleaseState } from '../state.ts';

const newCell: CellState = {
  current: null,
  epoch: 0,
  notBefore: null,
  past: [],
  base: null,
  records: [],
  deployment: null,
  back: null,
  hasAddedBox: false,
};

export function withCell(pipeline: PipelineState, id: string, change: (cell: CellState) => CellState): PipelineState {
  return { ...pipeline, cells: { ...pipeline.cells, [id]: change(pipeline.cells[id] ?? newCell) } };
}

export function withRelease(pipeline: PipelineState, number: number, change: (release: ReleaseState) => ReleaseState): PipelineState {
  const release = pipeline.releases[number];
  return release === undefined ? pipeline : { ...pipeline, releases: { ...pipeline.releases, [number]: change(release) } };
}

/** Events that change one cell and no release's status. */
export type OnCell = EventOf<'DeploymentStarted' | 'BatchDeployed' | 'CellRolledBack' | 'RollbackFailed'>;

export function evolveCell(pipeline: PipelineState, event: OnCell): PipelineState {
  switch (event.type) {
    case 'DeploymentStarted':
      return withCell(withVersion(pipeline, event.to), event.cell, (c) => ({
        ...c,
        base: c.base ?? event.was,
        records: c.records.some((r) => r.by === event.release) ? c.records : [...c.records, { by: event.release, was: event.was }],
        deployment: {
          release: event.release,
          epoch: event.epoch,
          to: event.to,
          startedAt: event.startedAt,
          batches: 0,
          batchAt: null,
          boxes: [],
        },
      }));
    case 'BatchDeployed':
      return withCell(pipeline, event.cell, (c) => ({
        ...c,
        deployment:
          c.deployment && event.direction === 'forward' ? { ...c.deployment, ...withBatch(c.deployment.boxes, event) } : c.deployment,
        back: c.back && event.direction === 'back' ? { ...c.back, ...withBatch(c.back.boxes, event) } : c.back,
        hasAddedBox: (c.hasAddedBox || event.addBox) && !event.removeAdded,
      }));
    case 'CellRolledBack': {
      const cells = withCell(pipeline, event.cell, (c) => ({ ...c, current: event.to, back: null }));
      const releases = Object.fromEntries(
        Object.entries(cells.releases).map(([n, r]) => [n, { ...r, pending: r.pending.filter((id) => id !== event.cell) }]),
      );
      return { ...cells, releases };
    }
    case 'RollbackFailed':
      return withCell(pipeline, event.cell, (c) => ({ ...c, back: c.back && { ...c.back, failed: true } }));
    default:
      event satisfies never;
      return pipeline;
  }
}

const withVersion = (pipeline: PipelineState, to: Version): PipelineState => ({
  ...pipeline,
  versions: { ...pipeline.versions, [to.release]: to },
});

const withBatch = (boxes: readonly string[], event: EventOf<'BatchDeployed'>) => ({
  batches: event.batch,
  batchAt: event.deployedAt,
  boxes: [...boxes, ...event.boxes],
});
