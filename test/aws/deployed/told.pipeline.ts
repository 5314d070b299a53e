import type { Rehearsal } from '../../../domain/pipeline/rehearsal.ts';
import { Told } from './stories.ts';

/** In virtual time bakes may be as long as the alarms of real traffic need. */
class Rehearsed extends Told {
  override rehearsedOnAws = null;

  override bake() {
    return { ...super.bake(), oneBoxSeconds: 600, cellSeconds: 600, waveSeconds: [600, 7_200] };
  }
}

export default new Rehearsed('told');

export const rehearsal: Rehearsal = {
  requests: [{ name: 'Greet', weight: 1, event: {} }],
  dependencies: { orders: { latencyMs: 20, respond: () => ({}) } },
};
