/** What of a repository is a pipeline's, by the pathspecs that domain/pipeline/source.ts lets through. */
export class Pathspecs {
  /** What they are known by. */
  readonly key: string;
  readonly #wanted: readonly Pattern[];
  readonly #excluded: readonly Pattern[];

  constructor(specs: readonly string[]) {
    this.key = JSON.stringify(specs);
    const isExclusion = (spec: string) => /^:[!^]/.test(spec);
    const wanted = specs.filter((s) => !isExclusion(s)).map(patternOf);
    // Exclusions alone leave all the rest.
    this.#wanted = wanted.length === 0 ? [ANYTHING] : wanted;
    this.#excluded = specs.filter(isExclusion).map((s) => patternOf(s.slice(2)));
  }

  /** Whether a file of this path is one of theirs. */
  has(path: string): boolean {
    return this.#wanted.some((p) => p.has(path)) && !this.#excluded.some((p) => p.has(path));
  }

  /** How much of what lies below a folder may be theirs. */
  below(folder: string): 'all' | 'some' | 'none' {
    if (this.#excluded.some((p) => p.below(folder) === 'all')) return 'none';
    const found = this.#wanted.map((p) => p.below(folder));
    if (found.every((f) => f === 'none')) return 'none';
    return found.includes('all') && this.#excluded.every((p) => p.below(folder) === 'none') ? 'all' : 'some';
  }
}

interface Pattern {
  has(path: string): boolean;
  below(folder: string): 'all' | 'some' | 'none';
}

const ANYTHING: Pattern = { has: () => true, below: () => 'all' };

/** As git matches (gitglossary, "pathspec"): a path is itself and all below it; in a pattern `*` and `?` match `/` too. */
function patternOf(spec: string): Pattern {
  const folder = spec.replace(/\/?$/, '/');
  const isBelow = (path: string) => path.startsWith(folder);
  const isPath = (path: string) => isBelow(path) || path === spec;
  const glob = spec.search(/[*?]/);
  const leadsTo = (path: string) => folder.startsWith(`${path}/`);
  if (glob < 0) return { has: isPath, below: (path) => (isBelow(`${path}/`) ? 'all' : leadsTo(path) ? 'some' : 'none') };
  const literal = spec.slice(0, glob);
  const pattern = bytes(spec)
    .replace(/[\\^$.+()|{}[\]]/g, '\\$&')
    .replace(/\*+/g, '.*')
    .replaceAll('?', '.');
  const matches = new RegExp(`^${pattern}$`, 's');
  return {
    has: (path) => isPath(path) || matches.test(bytes(path)),
    below: (path) => (`${path}/`.startsWith(literal) || literal.startsWith(`${path}/`) ? 'some' : 'none'),
  };
}

/** Git's `?` is one byte. */
const bytes = (text: string): string => Buffer.from(text).toString('latin1');
