export type CommitName = 'baseline' | 'good' | 'failing' | 'failingReverted' | 'slowBurning' | 'innocent' | 'slowBurningReverted';

interface Authored {
  readonly name: CommitName;
  readonly author: string;
  /** Of author and committer alike. */
  readonly at: string;
}

/** A commit of the example's mainline. What a patch changes, when and by whom, is in the patch beside this file. */
export type Commit =
  | { readonly name: CommitName; readonly patch: string }
  | (Authored & { readonly message: string })
  | (Authored & { readonly reverts: CommitName; readonly because: string });

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
