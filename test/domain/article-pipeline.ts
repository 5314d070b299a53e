import type { PipelineDefinition } from '../../domain/pipeline/definition.ts';
import { businessHours, fleet, git, Pipeline } from '../../domain/pipeline/pipeline.ts';
import { wavesOfIncreasingSize } from '../../domain/pipeline/waves.ts';

/** The article's size: 24 Regions and 76 zones in waves of 1, 1, 3, 12 and the rest. */
export class ArticlePipeline extends Pipeline {
  team = 'orders';
  service = 'FrontEndApi';
  override source = git();
  build: PipelineDefinition['build'] = { command: 'node build.mjs', artifact: 'dist/index.mjs', timeoutSeconds: 600 };
  target = fleet({ boxesPerCell: 4 });
  waves = wavesOfIncreasingSize({ first: 'eu-south-2', second: 'us-east-1', next: [3, 12, 'rest'] });
  override windows: PipelineDefinition['windows'] = businessHours({ zone: 'UTC', holidays: [] });
}
