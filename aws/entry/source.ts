import { CodeCommitClient } from '@aws-sdk/client-codecommit';
import { InvalidInput } from '../../domain/errors.ts';
import type { HostedSource as HostedDefinition } from '../../domain/pipeline/source.ts';
import type { Source } from '../../domain/ports.ts';
import { CodeCommitCommits } from '../source/codecommit-commits.ts';
import type { Commits } from '../source/commits.ts';
import { HostedSource } from '../source/hosted-source.ts';
import { homeConfig } from './home.ts';

/** Repositories by the kind that the definition of a pipeline says. */
export function source(): Source {
  const codeCommit = new CodeCommitClient(homeConfig());
  const commitsOf = (definition: HostedDefinition): Commits => {
    if (definition.kind === 'codeCommit') return new CodeCommitCommits(codeCommit, definition.repository);
    throw new InvalidInput("source.kind: 'gitHub'; expected 'codeCommit'");
  };
  return new HostedSource(commitsOf);
}
