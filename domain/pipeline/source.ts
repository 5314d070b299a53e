import * as z from 'zod';
import { InvalidInput } from '../errors.ts';

/** Git's own rules (git-check-ref-format), which CodeCommit and GitHub keep. CodeCommit's names have at most 256 characters. */
const isBranch = (name: string): boolean =>
  name.length <= 256 &&
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what git refuses
  !/[\x00-\x20\x7f~^:?*[\\]|\.\.|@\{|\/\/|^[-/]|[/.]$|^@$/.test(name) &&
  name.split('/').every((part) => !part.startsWith('.') && !part.endsWith('.lock'));

const branch = z
  .string()
  .min(1, 'expected the name of a branch')
  .refine(
    isBranch,
    "expected the name of a branch as git has it: no space, none of ~^:?*[\\, no '..', neither '-' first nor '/' or '.' last",
  );

/**
 * Pathspecs that mean the same where git does not run: the path of a file or folder, a pattern of `*` and `?`, or either after `:!` or `:^`.
 * Git would read `./`, `..`, and other characters after `:!`, in ways of its own.
 */
function isHostedPathspec(spec: string): boolean {
  const isExclusion = /^:[!^]/.test(spec);
  const path = isExclusion ? spec.slice(2) : spec;
  const parts = path.replace(/\/$/, '').split('/');
  return (
    /^[^:[\\\0][^[\\\0]*$/.test(path) &&
    (!isExclusion || /^[\p{L}\p{N}.*?]/u.test(path)) &&
    parts.every((p) => !['', '.', '..'].includes(p))
  );
}

const hostedPath = z
  .string()
  .refine(
    (spec) => !spec.startsWith(':('),
    "expected a pathspec without ':(…)': where git does not run, ':!' (all but this) is all the magic there is",
  )
  .refine(
    isHostedPathspec,
    "expected a path from the repository's root such as 'front-end/', a pattern of '*' and '?' such as '*.md', or either after ':!'",
  );

const mainline = { branch, paths: z.array(hostedPath) };

/** Where a pipeline's commits come from. A rehearsal reads the repository that it is given, whatever this says. */
export const sourceSchema = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({
      kind: z.literal('git'),
      /** The mainline. */
      branch: z.string().min(1),
      /** Git pathspecs, read from the repository's root: only commits that touch one of them are the pipeline's. Empty: all are. */
      paths: z.array(z.string().min(1)),
    }),
    z.strictObject({
      kind: z.literal('codeCommit'),
      /** Of the home Region. */
      repository: z
        .string()
        .regex(
          /^(?!.*\.git$)[A-Za-z0-9._-]{1,100}$/,
          "expected the name of a CodeCommit repository: letters, digits, '.', '_' or '-', at most 100 of them, not '.git' last",
        ),
      ...mainline,
    }),
    z.strictObject({
      kind: z.literal('gitHub'),
      /** A user or an organisation. A managed user has an underscore before its enterprise's short code. */
      owner: z
        .string()
        .regex(
          /^(?=.{1,39}$)[A-Za-z0-9]+(-[A-Za-z0-9]+)*(_[A-Za-z0-9]+)?$/,
          'expected the name of a GitHub user or organisation: letters, digits and single hyphens between them, at most 39',
        ),
      repository: z
        .string()
        .regex(
          /^(?!\.{1,2}$)(?!.*\.git$)[A-Za-z0-9._-]{1,100}$/,
          "expected the name of a GitHub repository without its owner: letters, digits, '.', '_' or '-', at most 100 of them, not '.git' last",
        ),
      ...mainline,
    }),
  ],
  "expected 'git', 'codeCommit' or 'gitHub'",
);

export type SourceDefinition = z.infer<typeof sourceSchema>;

/** What somebody else keeps. */
export type HostedSource = Exclude<SourceDefinition, { kind: 'git' }>;

/** As the event of a push names it, and people do: `front-end`, `orders/front-end`; null where the definition names none. */
export function repositoryOf(source: SourceDefinition): string | null {
  if (source.kind === 'git') return null;
  return source.kind === 'codeCommit' ? source.repository : `${source.owner}/${source.repository}`;
}

/** @throws InvalidInput for what only a rehearsal can read */
export function hosted(source: SourceDefinition): HostedSource {
  if (source.kind !== 'git') return source;
  throw new InvalidInput(
    "source.kind: 'git'; expected 'codeCommit' or 'gitHub', that is source = codeCommit('…') or gitHub('…/…') in the pipeline file: AWS reaches no other repository",
  );
}
