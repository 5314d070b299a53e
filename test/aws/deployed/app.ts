// The CDK app of the suite: `cdk deploy --all` of the orchestrator, its access to three Regions, and in each of them a function for every story.
import { App, CfnOutput, Stack } from 'aws-cdk-lib';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import * as z from 'zod';
import { named, readEnvironment } from '../../../aws/environment.ts';
import { DeployedPipeline } from '../../../infra/deployed-pipeline.ts';
import { Groundswell } from '../../../infra/groundswell.ts';
import { RegionAccess } from '../../../infra/region-access.ts';
import { ACCOUNT } from '../emulator.ts';
import { functionOf, HOME, REGIONS, STORIES } from './stories.ts';

const { REPOSITORY, BASELINE, ROUND } = readEnvironment(z.object({ REPOSITORY: named, BASELINE: named, ROUND: named }));

/** What runs before the first release. */
const FIRST_CODE = `exports.handler = async (event, context) => { console.log('called'); return { says: 'baseline', version: context.functionVersion }; };`;

const app = new App({ analyticsReporting: false });
const home = { account: ACCOUNT, region: HOME };

function orchestrator(): void {
  const stack = new Stack(app, 'Orchestrator', { env: home });
  const source = { module: new URL('source-port.ts', import.meta.url).pathname, environment: { REPOSITORY } };
  const groundswell = new Groundswell(stack, 'Groundswell', { targets: { [ACCOUNT]: [...REGIONS] }, ports: { source } });
  // Another round is another deployment of every function.
  for (const one of Object.values(groundswell.functions)) one.addEnvironment('ROUND', ROUND);
  new CfnOutput(stack, 'EventsTable', { value: groundswell.tables.events.tableName });
  for (const [id, one] of Object.entries(groundswell.functions)) new CfnOutput(stack, `${id}Function`, { value: one.functionName });
  for (const [name, pipeline] of Object.entries(STORIES)) {
    new DeployedPipeline(stack, name, { orchestrator: groundswell, pipeline, baseline: BASELINE });
  }
}

function target(region: string): void {
  const stack = new Stack(app, `Target-${region}`, { env: { account: ACCOUNT, region } });
  const functions = Object.keys(STORIES).map(functionOf);
  new RegionAccess(stack, 'Access', { home, functions });
  for (const functionName of functions) {
    const one = new LambdaFunction(stack, functionName, {
      functionName,
      runtime: Runtime.NODEJS_24_X,
      handler: 'index.handler',
      code: Code.fromInline(FIRST_CODE),
    });
    one.addAlias('live');
  }
}

orchestrator();
for (const region of REGIONS) target(region);
