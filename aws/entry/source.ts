import { CodeCommitClient } from '@aws-sdk/client-codecommit';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import * as z from 'zod';
import { InvalidInput } from '../../domain/errors.ts';
import type { HostedSource as HostedDefinition } from '../../domain/pipeline/source.ts';
import type { Source } from '../../domain/ports.ts';
import type { LogPorts } from '../../functions/ports.ts';
import { named, readEnvironment } from '../environment.ts';
import { secretOf } from '../secret.ts';
import { CodeCommitCommits } from '../source/codecommit-commits.ts';
import type { Commits } from '../source/commits.ts';
import { GitHubApp } from '../source/github-app.ts';
import { GitHubCommits } from '../source/github-commits.ts';
import { HostedSource } from '../source/hosted-source.ts';
import { homeConfig } from './home.ts';

const environment = z.object({
  /** ARN of the secret of the GitHub App, where there is one. */
  GITHUB_APP_SECRET: named.optional(),
});

/** Repositories by the kind that the definition of a pipeline says: of CodeCommit in the home Region, or of GitHub. */
export function source({ clock }: Pick<LogPorts, 'clock'>): Source {
  const { GITHUB_APP_SECRET } = readEnvironment(environment);
  const codeCommit = new CodeCommitClient(homeConfig());
  const app =
    GITHUB_APP_SECRET === undefined
      ? null
      : new GitHubApp({ secret: secretOf(new SecretsManagerClient(homeConfig()), GITHUB_APP_SECRET, clock) });
  const commitsOf = (definition: HostedDefinition): Commits => {
    if (definition.kind === 'codeCommit') return new CodeCommitCommits(codeCommit, definition.repository);
    if (app !== null) return new GitHubCommits(app, definition.owner, definition.repository);
    throw new InvalidInput(
      "source.kind: 'gitHub'; expected 'codeCommit': whoever deploys Groundswell gives it a 'gitHubApp' to read GitHub with",
    );
  };
  return new HostedSource(commitsOf);
}
