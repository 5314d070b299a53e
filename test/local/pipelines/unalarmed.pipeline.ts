import { git, wavesOf } from 'groundswell';
import FrontEnd, { rehearsal as example } from '../../../examples/front-end/groundswell.pipeline.ts';

export const rehearsal = example;

/** Nobody has defined an alarm. */
export default class Unalarmed extends FrontEnd {
  override source = git('failing');
  override waves = wavesOf(['eu-south-2']);

  override alarms() {
    return { service: [], canary: [], oneBox: [] };
  }
}
