import { CustomResource, Duration, Stack, Token } from 'aws-cdk-lib';
import { EventField, Match, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { Construct } from 'constructs';
import { GITHUB_SOURCE, REFERENCE_CHANGED } from '../aws/github/reference-bus.ts';
import { placeIn, placesOf } from '../aws/places.ts';
import { InvalidInput } from '../domain/errors.ts';
import { type CompiledPipeline, compile } from '../domain/pipeline/compile.ts';
import type { PipelineDefinition } from '../domain/pipeline/definition.ts';
import { checkRehearsedOnAws } from '../domain/pipeline/rehearsed-on-aws.ts';
import { repositoryOf } from '../domain/pipeline/source.ts';
import { idOf } from '../functions/pipeline-id.ts';
import type { Groundswell } from './groundswell.ts';

export interface DeployedPipelineProps {
  readonly orchestrator: Groundswell;
  /** A class that extends `Pipeline`, or an instance of one. */
  readonly pipeline: unknown;
  /** Full sha of the commit that runs in production before the first release. */
  readonly baseline?: string;
}

/** By whom a push is told; GitHub's is put on the bus as CodeCommit's is. */
const PUSHES = { codeCommit: 'aws.codecommit', gitHub: GITHUB_SOURCE } as const;

/** One pipeline of an orchestrator: its definition, what lets it read its commits, and the rule by which a push makes a release. */
export class DeployedPipeline extends Construct {
  readonly compiled: CompiledPipeline;

  constructor(scope: Construct, id: string, { orchestrator, pipeline, baseline }: DeployedPipelineProps) {
    super(scope, id);
    this.compiled = compile(pipeline);
    const { definition } = this.compiled;
    checkPlaces(definition, orchestrator);
    checkRehearsedOnAws(definition, accountsOf(definition, orchestrator));
    orchestrator.sources.allow(definition.source, baseline);
    new CustomResource(this, 'Definition', {
      resourceType: 'Custom::GroundswellPipeline',
      serviceToken: orchestrator.functions.DefinePipeline.functionArn,
      serviceTimeout: Duration.minutes(5),
      properties: { Definition: JSON.stringify(definition), ...(baseline !== undefined && { Baseline: baseline }) },
    });
    this.#releasePushes(definition, orchestrator);
  }

  /**
   * A repository that Groundswell does not know by name tells of no push: the reconciler finds it within 15 minutes.
   * https://docs.aws.amazon.com/codecommit/latest/userguide/monitoring-events.html#referenceUpdated
   */
  #releasePushes(definition: PipelineDefinition, { functions, triggers }: Groundswell): void {
    const { source } = definition;
    if (source.kind === 'git') return;
    const { id: pipeline } = idOf(definition);
    const repositoryName = repositoryOf(source) ?? '';
    const input = RuleTargetInput.fromObject({ pipeline, revision: EventField.fromPath('$.detail.commitId') });
    new Rule(this, 'Push', {
      description: `A push to ${source.branch} of ${repositoryName} is a release of ${pipeline}`,
      eventPattern: {
        source: [PUSHES[source.kind]],
        detailType: [REFERENCE_CHANGED],
        detail: {
          event: ['referenceCreated', 'referenceUpdated'],
          // GitHub tells of a repository by the capitals that it was made with, and takes it by any.
          repositoryName: source.kind === 'gitHub' ? Match.equalsIgnoreCase(repositoryName) : [repositoryName],
          referenceType: ['branch'],
          referenceName: [source.branch],
        },
      },
      targets: [triggers.target(functions.OnPush, input)],
    });
  }
}

function accountsOf({ stages }: PipelineDefinition, orchestrator: Groundswell): readonly string[] {
  const places = placesOf(orchestrator.targets, orchestrator.name, 'deploy');
  const regions = stages.flatMap((stage) => stage.regions.map((one) => placeIn(places, one.region).account));
  return [Stack.of(orchestrator).account, ...regions];
}

/** @throws InvalidInput for what the orchestrator does not reach */
function checkPlaces({ homeRegion, stages }: PipelineDefinition, orchestrator: Groundswell): void {
  const { region } = Stack.of(orchestrator);
  if (!Token.isUnresolved(region) && region !== homeRegion)
    throw new InvalidInput(`homeRegion: '${homeRegion}'; expected '${region}', where the stack of the orchestrator is`);
  const places = placesOf(orchestrator.targets, orchestrator.name, 'deploy');
  for (const stage of stages) for (const one of stage.regions) placeIn(places, one.region);
}
