import { wavesOf } from 'groundswell';
import { FrontEndCode, FrontEndConfiguration, rehearsal } from '../../../examples/front-end-and-configuration.pipeline.ts';

export { rehearsal };

/** The example's two pipelines, in one Region. */
class Code extends FrontEndCode {
  override waves = wavesOf(['eu-south-2']);
}

class Configuration extends FrontEndConfiguration {
  override waves = wavesOf(['eu-south-2']);
}

export default [Code, Configuration];
