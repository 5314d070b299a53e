import { businessHours, fleet, git, Pipeline, wavesOfIncreasingSize } from 'groundswell';

/** What all pipelines of the team share. */
abstract class OrdersPipeline extends Pipeline {
  override team = 'orders';
  override source = git('main');
  override waves = wavesOfIncreasingSize({ first: 'eu-south-2', second: 'us-east-1', next: [3, 12, 'rest'] });
  override windows = businessHours({ zone: 'UTC', holidays: 'US', from: '09:00', to: '16:00' });
}

export default class FrontEnd extends OrdersPipeline {
  override service = 'FrontEndApi';
  override build = { command: 'node build.mjs', artifact: 'dist/index.mjs', timeoutSeconds: 600 };
  override target = fleet({ boxesPerCell: 4 });

  override bake() {
    return { ...super.bake(), dataPoints: [{ metric: 'CreateOrderRequests', atLeast: 100 }] };
  }
}
