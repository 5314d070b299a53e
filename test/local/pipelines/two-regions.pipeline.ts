import { wavesOf } from 'groundswell';
import FrontEnd, { rehearsal } from '../../../examples/front-end/groundswell.pipeline.ts';

export { rehearsal };

/** The example's pipeline, as far as two waves of one Region each. */
export default class TwoRegions extends FrontEnd {
  override waves = wavesOf(['eu-south-2'], ['us-east-1']);
}
