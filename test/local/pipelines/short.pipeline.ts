import { businessHours, git, wavesOf } from 'groundswell';
import FrontEnd, { rehearsal } from '../../../examples/front-end/groundswell.pipeline.ts';

export { rehearsal };

/** A release is everywhere within an hour: one Region, bakes of minutes, a window of all day. It sees a good release, a failing one and its revert. */
export default class Short extends FrontEnd {
  override source = git('failingReverted');
  override waves = wavesOf(['eu-south-2']);
  override windows = businessHours({ zone: 'UTC', holidays: [], from: '00:00', to: '23:59' });

  override bake() {
    return { oneBoxSeconds: 600, cellSeconds: 300, waveSeconds: [600], healthySeconds: 300, dataPoints: [] };
  }
}
