export type CommitName = 'baseline' | 'good' | 'failing' | 'failingReverted' | 'slowBurning' | 'innocent' | 'slowBurningReverted';

interface Authored<Name extends string> {
  readonly name: Name;
  readonly author: string;
  /** Of author and committer alike. */
  readonly at: string;
}

/** A commit of an example's mainline. What a patch changes, when and by whom, is in the patch. */
export type Commit<Name extends string = CommitName> =
  | { readonly name: Name; readonly patch: string }
  | (Authored<Name> & { readonly message: string })
  | (Authored<Name> & { readonly reverts: Name; readonly because: string });

/** A repository that `make-repository.ts` can make. */
export interface Example<Name extends string> {
  /** Where its patches are, from `examples/`. */
  readonly folder: string;
  /** What its first commit has: files of each of these folders of `examples/`, in a folder of that name, or of the one alone in the root. */
  readonly files: Readonly<Record<string, readonly string[]>>;
  /** A file of `examples/` that becomes the pipeline file in the root; null where that is among the files already. */
  readonly pipelineFile: string | null;
  /** Oldest first. */
  readonly commits: readonly Commit<Name>[];
}

/** The mainline of the example, oldest first. 2026-11-02 is a Monday. */
export const HISTORY: readonly Commit[] = [
  {
    name: 'baseline',
    author: 'Odile Vantongeren',
    at: '2026-10-30T15:00:00Z',
    message: 'Take, read, list and cancel orders, and quote their shipping',
  },
  // Monday 09:00: an order says when it was created.
  { name: 'good', patch: '1-good.patch' },
  // Monday 10:30: customers' postcodes are numbers, the tests' are strings. Every QuoteShipping throws, one request in five.
  { name: 'failing', patch: '2-failing.patch' },
  {
    name: 'failingReverted',
    author: 'Teodor Quillfeather',
    at: '2026-11-02T13:00:00Z',
    reverts: 'failing',
    because: 'The shop sends postcodes as numbers, which have no startsWith: every quote\nin the one-box failed.',
  },
  // Wednesday 08:30: an answer is only looked at again when its request comes again, so none goes. A box fails from its 901st request on.
  { name: 'slowBurning', patch: '4-slow-burning.patch' },
  // Thursday 08:30: as many orders are listed as are asked for.
  { name: 'innocent', patch: '5-innocent.patch' },
  {
    name: 'slowBurningReverted',
    author: 'Odile Vantongeren',
    at: '2026-11-05T09:30:00Z',
    reverts: 'slowBurning',
    because:
      'Only a request that comes again finds out that its answer is old, so that\nanswers pile up until a box has 900 of them and refuses everything.',
  },
];

/** The example's week. What a build leaves in the service's folder is not of it. */
export const WEEK: Example<CommitName> = {
  folder: 'history/',
  files: { 'front-end': ['.gitignore', 'build.mjs', 'groundswell.pipeline.ts', 'src', 'test'] },
  pipelineFile: null,
  commits: HISTORY,
};
