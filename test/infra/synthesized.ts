import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { App, type Environment, Stack, Validations } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { Groundswell, type GroundswellProps } from '../../infra/groundswell.ts';

export const ACCOUNT = '111122223333';
export const HOME = 'us-east-1';
export const OTHER_ACCOUNT = '444455556666';
export const TARGETS = { [ACCOUNT]: [HOME, 'eu-west-1'], [OTHER_ACCOUNT]: ['eu-south-2'] };

/** What of a template tests look at. */
export interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

export interface Synthesized {
  readonly template: Template;
  readonly resources: Readonly<Record<string, Resource>>;
  /** Rules of cdk-nag's AwsSolutions that something breaks. */
  readonly nag: readonly string[];
}

/** Synthesizes what is put into a stack. The assembly is gone when this returns. */
export function synthesize(env: Required<Environment>, fill: (stack: Stack) => void): Synthesized {
  const app = new App({ analyticsReporting: false });
  fill(new Stack(app, 'Stack', { env }));
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  try {
    const nag = nagFindings(app);
    const template = Template.fromJSON(readJson(app, 'Stack.template.json') as Record<string, unknown>);
    return { template, resources: template.toJSON().Resources, nag };
  } finally {
    rmSync(app.outdir, { recursive: true });
  }
}

/** The orchestrator in its home Region, and what `fill` puts beside it. */
export const synthesizeGroundswell = (
  fill: (stack: Stack, orchestrator: Groundswell) => void = () => {},
  props: (stack: Stack) => Partial<GroundswellProps> = () => ({}),
): Synthesized =>
  synthesize({ account: ACCOUNT, region: HOME }, (stack) =>
    fill(stack, new Groundswell(stack, 'Groundswell', { targets: TARGETS, ...props(stack) })),
  );

const readJson = (app: App, file: string): unknown => JSON.parse(readFileSync(join(app.outdir, file), 'utf8'));

interface Report {
  readonly pluginReports: readonly {
    readonly violations: readonly {
      readonly ruleName: string;
      readonly violatingConstructs: readonly { readonly constructPath: string }[];
    }[];
  }[];
}

/** Synthesis fails on a finding, and its report tells of each. */
function nagFindings(app: App): readonly string[] {
  try {
    app.synth();
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith('Validation failed')) throw error;
  }
  const { pluginReports } = readJson(app, 'validation-report.json') as Report;
  return pluginReports.flatMap((plugin) =>
    plugin.violations.flatMap((v) => v.violatingConstructs.map((c) => `${v.ruleName}: ${c.constructPath}`)),
  );
}
