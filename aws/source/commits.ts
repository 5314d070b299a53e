import type { LoggedCommit } from '../../domain/commits/revisions.ts';
import type { Pathspecs } from './pathspecs.ts';

/** One repository, as its host tells of it. Errors of its host are `SourceUnreadable`. */
export interface Commits {
  /** For people: `CodeCommit repository front-end`. */
  readonly name: string;
  /** Sha of the branch's newest commit; null where the repository has no such branch. */
  head(branch: string): Promise<string | null>;
  /** Those of the commits that the repository has. What its host tells along with them may be there too. */
  read(shas: readonly string[]): Promise<readonly LoggedCommit[]>;
  /** Whether a path that is not as in the first parent is one of these; of a commit without parents, any path that it has. */
  touches(commit: LoggedCommit, paths: Pathspecs): Promise<boolean>;
}
