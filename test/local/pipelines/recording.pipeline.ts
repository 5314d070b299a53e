import Unalarmed from './unalarmed.pipeline.ts';

export { rehearsal } from './unalarmed.pipeline.ts';

/** Anomalies are recorded, and nothing else follows. */
export default class Recording extends Unalarmed {
  override health() {
    return { ...super.health(), anomalies: 'record' as const };
  }
}
