import { Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { InvalidInput } from '../domain/errors.ts';
import { hosted, repositoryOf, type SourceDefinition } from '../domain/pipeline/source.ts';
import { FUNCTIONS, type FunctionSpec } from './functions.ts';
import { repositoryStatement } from './permissions.ts';

export interface SourceAccessProps {
  readonly functions: Readonly<Record<FunctionSpec['id'], LambdaFunction>>;
  /** Commits are read by our own adapter. */
  readonly isOurs: boolean;
  /** By the one app that may read all that it is installed on. */
  readonly readsGitHub: boolean;
}

/** What the functions that read commits may read: the repositories of the pipelines that are deployed, and no other. */
export class SourceAccess {
  readonly #functions: readonly LambdaFunction[];
  readonly #isOurs: boolean;
  readonly #readsGitHub: boolean;
  readonly #allowed = new Set<string>();

  constructor({ functions, isOurs, readsGitHub }: SourceAccessProps) {
    this.#functions = FUNCTIONS.filter((f) => f.uses.includes('source')).map((f) => functions[f.id]);
    this.#isOurs = isOurs;
    this.#readsGitHub = readsGitHub;
  }

  /**
   * Lets them read what a pipeline's commits come from. Whoever reads commits by an adapter of their own lets it by its own statements.
   * @throws InvalidInput for what our adapter cannot read
   */
  allow(source: SourceDefinition, baseline: string | undefined): void {
    if (!this.#isOurs) return;
    if (baseline !== undefined && !/^[0-9a-f]{40}$/.test(baseline))
      throw new InvalidInput(`baseline: '${baseline}'; expected a full sha of 40 hexadecimal digits`);
    const { kind, repository } = hosted(source);
    if (kind === 'codeCommit') this.#allowRepository(repository);
    else if (!this.#readsGitHub)
      throw new InvalidInput(
        `source.kind: 'gitHub'; expected 'codeCommit', or a 'gitHubApp' of Groundswell to read ${repositoryOf(source)} with`,
      );
  }

  /** A statement each, so that the CDK can spread them over as many policies as it takes. */
  #allowRepository(name: string): void {
    if (this.#allowed.has(name)) return;
    this.#allowed.add(name);
    for (const one of this.#functions) {
      const { actions, resources } = repositoryStatement(Stack.of(one).formatArn({ service: 'codecommit', resource: name }));
      one.addToRolePolicy(new PolicyStatement({ actions: [...actions], resources: [...resources] }));
    }
  }
}
