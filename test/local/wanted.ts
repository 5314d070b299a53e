import type { Wanted } from '../../local/data-folder.ts';

/** What a caller wants that names nothing but its pipeline. */
export const wantedOf = (given: Partial<Wanted['given']> = {}, fresh = false): Wanted => ({
  given: { pipelines: ['team/service/application'], pipelineFile: '/pipelines/pipeline.ts', ...given },
  defaults: { repository: '/repository', start: '2026-11-02T09:00:00.000Z', seed: 1, incidents: [], acts: [] },
  fresh,
});
