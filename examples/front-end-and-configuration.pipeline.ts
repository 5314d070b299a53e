import { fleetConfiguration, git, wavesOfIncreasingSize } from 'groundswell';
import FrontEnd, { rehearsal } from './front-end/groundswell.pipeline.ts';

export { rehearsal };

/** The code, in a folder of the repository; over fewer Regions than the first example. */
export class FrontEndCode extends FrontEnd {
  override source = git('main', { paths: ['front-end/'] });
  override build = { command: 'node front-end/build.mjs', artifact: 'front-end/dist/index.mjs', timeoutSeconds: 600 };
  override waves = wavesOfIncreasingSize({ first: 'eu-south-2', second: 'us-east-1', next: [3] });
}

/** What the code reads as `context.configuration`: another folder, and everything else alike. */
export class FrontEndConfiguration extends FrontEndCode {
  override pipeline = 'configuration';
  override source = git('main', { paths: ['front-end-configuration/'] });
  override build = {
    command: 'node front-end-configuration/build.mjs',
    artifact: 'front-end-configuration/dist/configuration.json',
    timeoutSeconds: 60,
  };
  override target = fleetConfiguration({ boxesPerCell: 4 });
}

export default [FrontEndCode, FrontEndConfiguration];
