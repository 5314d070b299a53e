import { surelyBefore } from '../entry/clocks.ts';
import type { EventOf } from '../events.ts';
import { routeFor } from '../pipeline/route.ts';
import type { Instant } from '../ports.ts';
import type { PipelineState, ReleaseState, Stay } from '../state.ts';
import { withCell } from './evolve-cell.ts';
import { nothingOpen } from './evolve-look.ts';

export function enterStep(pipeline: PipelineState, event: EventOf<'StepEntered'>): PipelineState {
  const release = pipeline.releases[event.release];
  if (release === undefined) return pipeline;
  const releases = { ...pipeline.releases, [event.release]: enters(pipeline, release, event) };
  const entered = { ...pipeline, releases };
  const own = event.cells.map((c) => ({ ...c, notBefore: null }));
  return [...own, ...event.taken].reduce(
    (p, { cell, epoch, notBefore }) => withCell(p, cell, (c) => ({ ...c, epoch, notBefore, deployment: null })),
    release.stay === null ? withWaveEntry(entered, event.lookedAt) : entered,
  );
}

function enters(pipeline: PipelineState, release: ReleaseState, event: EventOf<'StepEntered'>): ReleaseState {
  const changed = [...(release.stay?.changed ?? []), ...event.cells.map((c) => c.cell)];
  const regions = routeFor(pipeline, release).find((s) => s.stage.id === event.stage)?.stage.regions ?? [];
  const { enteredAt } = event;
  const lookedAt = surelyBefore(event.lookedAt);
  const stay: Stay = release.stay ?? { stage: event.stage, regions, lookedAt, enteredAt, changed: [], changedIn: {} };
  // A door that it has gone through is closed behind it; an alarm that it entered against is there still.
  const overrides = release.overrides.filter((o) => o.blocker.kind === 'alarm');
  return { ...release, ...nothingOpen, status: 'deploying', deployed: [], overrides, stay: { ...stay, changed: [...new Set(changed)] } };
}

/** Longer than windows are ever open at once. */
const WAVE_ENTRIES_KEPT_MS = 48 * 3_600_000;

function withWaveEntry(pipeline: PipelineState, lookedAt: Instant): PipelineState {
  const recent = pipeline.waveEntries.filter((e) => Date.parse(lookedAt) - Date.parse(e) < WAVE_ENTRIES_KEPT_MS);
  return { ...pipeline, waveEntries: [...recent, lookedAt].toSorted() };
}
