import { CustomResource, Duration, Stack, Token } from 'aws-cdk-lib';
import { EventField, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { Construct } from 'constructs';
import { placeIn, placesOf } from '../aws/places.ts';
import { InvalidInput } from '../domain/errors.ts';
import { type CompiledPipeline, compile } from '../domain/pipeline/compile.ts';
import type { PipelineDefinition } from '../domain/pipeline/definition.ts';
import { idOf } from '../functions/pipeline-id.ts';
import type { Groundswell } from './groundswell.ts';

export interface DeployedPipelineProps {
  readonly orchestrator: Groundswell;
  /** A class that extends `Pipeline`, or an instance of one. */
  readonly pipeline: unknown;
  /** Name of the CodeCommit repository of the home Region whose pushes make releases. Without it a push is found within 15 minutes. */
  readonly codeCommit?: string;
  /** The commit that runs in production before the first release. */
  readonly baseline?: string;
}

/** One pipeline of an orchestrator: its definition, and the rule by which a push makes a release. */
export class DeployedPipeline extends Construct {
  readonly compiled: CompiledPipeline;

  constructor(scope: Construct, id: string, { orchestrator, pipeline, codeCommit, baseline }: DeployedPipelineProps) {
    super(scope, id);
    this.compiled = compile(pipeline);
    const { definition } = this.compiled;
    checkPlaces(definition, orchestrator);
    new CustomResource(this, 'Definition', {
      resourceType: 'Custom::GroundswellPipeline',
      serviceToken: orchestrator.functions.DefinePipeline.functionArn,
      serviceTimeout: Duration.minutes(5),
      properties: { Definition: JSON.stringify(definition), ...(baseline !== undefined && { Baseline: baseline }) },
    });
    if (codeCommit !== undefined) this.#releasePushes(definition, orchestrator, codeCommit);
  }

  /** https://docs.aws.amazon.com/codecommit/latest/userguide/monitoring-events.html#referenceUpdated */
  #releasePushes(definition: PipelineDefinition, { functions, triggers }: Groundswell, repositoryName: string): void {
    const { id: pipeline } = idOf(definition);
    const input = RuleTargetInput.fromObject({ pipeline, revision: EventField.fromPath('$.detail.commitId') });
    new Rule(this, 'Push', {
      description: `A push to ${definition.source.branch} of ${repositoryName} is a release of ${pipeline}`,
      eventPattern: {
        source: ['aws.codecommit'],
        detailType: ['CodeCommit Repository State Change'],
        detail: {
          event: ['referenceCreated', 'referenceUpdated'],
          repositoryName: [repositoryName],
          referenceType: ['branch'],
          referenceName: [definition.source.branch],
        },
      },
      targets: [triggers.target(functions.OnPush, input)],
    });
  }
}

/** @throws InvalidInput for what the orchestrator does not reach */
function checkPlaces({ homeRegion, stages }: PipelineDefinition, orchestrator: Groundswell): void {
  const { region } = Stack.of(orchestrator);
  if (!Token.isUnresolved(region) && region !== homeRegion)
    throw new InvalidInput(`homeRegion: '${homeRegion}'; expected '${region}', where the stack of the orchestrator is`);
  const places = placesOf(orchestrator.targets, orchestrator.name, 'deploy');
  for (const stage of stages) for (const one of stage.regions) placeIn(places, one.region);
}
