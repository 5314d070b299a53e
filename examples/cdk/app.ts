// The example service on AWS, whole: the orchestrator in its home Region, and in every Region of the pipeline the function, its alarms, its canary and what
// the orchestrator needs there. `npm run example:cdk` synthesizes it.
import { App, Stack, Validations } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { AwsSolutionsChecks } from 'cdk-nag';
import { DeployedPipeline, Groundswell, RegionAccess, ServiceAlarms, ServiceAliases, ServiceCanary, TeamAlarms } from 'groundswell/infra';
import { DeployedFrontEnd, FUNCTION } from './front-end.pipeline.ts';

const app = new App({ analyticsReporting: false });
/** The account of everything: `--context account=…`. */
const account: string = app.node.tryGetContext('account') ?? '111122223333';
const pipeline = new DeployedFrontEnd();
const home = { account, region: pipeline.homeRegion };

const orchestrator = new Stack(app, 'Groundswell', { env: home });
const regions = pipeline.waves(pipeline.catalogue, pipeline.homeRegion).flat();
const groundswell = new Groundswell(orchestrator, 'Groundswell', { targets: { [account]: regions } });
new DeployedPipeline(orchestrator, 'FrontEnd', { orchestrator: groundswell, pipeline });

/** What answers until the first release is there. */
const NOTHING_YET = "exports.handler = async () => ({ statusCode: 503, body: { message: 'nothing is deployed yet' } });";

/** The service's function, which may write its log and nothing else. */
function serviceIn(stack: Stack): LambdaFunction {
  const logGroup = new LogGroup(stack, 'Log', { retention: RetentionDays.THREE_MONTHS });
  const role = new Role(stack, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  logGroup.grantWrite(role);
  return new LambdaFunction(stack, 'Api', {
    functionName: FUNCTION,
    runtime: Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: Code.fromInline(NOTHING_YET),
    logGroup,
    role,
  });
}

for (const region of regions) {
  const stack = new Stack(app, `FrontEnd-${region}`, { env: { account, region } });
  const api = serviceIn(stack);
  new ServiceAliases(stack, 'Aliases', { pipeline, function: api });
  new RegionAccess(stack, 'Access', { home, functions: [FUNCTION], oneBoxWeights: [pipeline] });
  new ServiceCanary(stack, 'Canary', { pipeline, check: { url: `https://orders.example.com/${region}/health` } });
  const alarms = new ServiceAlarms(stack, 'Alarms', { pipeline });
  new TeamAlarms(stack, 'Team', { services: [alarms] });
}

Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
