import * as z from 'zod';

const SHA = 'expected the sha of a commit';
const sha = z.string(SHA).regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/, SHA);

/** What is read of a push. https://docs.github.com/en/webhooks/webhook-events-and-payloads#push */
export const pushSchema = z.object({
  ref: z.string('expected the full name of a reference').min(1, 'expected the full name of a reference'),
  before: sha,
  after: sha,
  deleted: z.boolean('expected true or false'),
  repository: z.object(
    { full_name: z.string('expected <owner>/<repository>').regex(/^[\w.-]{1,100}\/[\w.-]{1,100}$/, 'expected <owner>/<repository>') },
    'expected a repository',
  ),
});
export type Push = z.infer<typeof pushSchema>;

/**
 * As CodeCommit tells of a push, in the detail of its event.
 * https://docs.aws.amazon.com/codecommit/latest/userguide/monitoring-events.html#referenceUpdated
 */
export interface ReferenceEvent {
  readonly event: 'referenceCreated' | 'referenceUpdated';
  /** `<owner>/<repository>`. */
  readonly repositoryName: string;
  readonly referenceType: 'branch';
  readonly referenceName: string;
  readonly commitId: string;
  readonly oldCommitId?: string;
}

const isNone = (commit: string): boolean => /^0+$/.test(commit);
const BRANCH = 'refs/heads/';

/** The event of a push to one of these branches; in words, why there is none. */
export function referenceEvent({ ref, before, after, deleted, repository }: Push, branches: readonly string[]): ReferenceEvent | string {
  if (!ref.startsWith(BRANCH)) return `${ref} is no branch`;
  const referenceName = ref.slice(BRANCH.length);
  if (!branches.includes(referenceName)) return `branch '${referenceName}'; expected one of ${branches.join(', ')}`;
  if (deleted || isNone(after)) return `branch '${referenceName}' was deleted`;
  const isNew = isNone(before);
  return {
    event: isNew ? 'referenceCreated' : 'referenceUpdated',
    repositoryName: repository.full_name,
    referenceType: 'branch',
    referenceName,
    commitId: after,
    ...(!isNew && { oldCommitId: before }),
  };
}
