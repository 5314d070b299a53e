import * as fc from 'fast-check';

/** Words that mean something to JavaScript's objects, and texts that look like ours. */
const words = fc.constantFrom(
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'orders/FrontEndApi/application',
  'orders/FrontEndApi/__proto__',
  'orders/FrontEndApi/constructor',
  '2026-11-02T09:00:00Z',
  '+275760-09-13T00:00:00.000Z',
  'NaN',
  '-1',
  '1e400',
  '0x10',
);

/** As `JSON.parse` makes it: a key `__proto__` is a field like any other. */
const asJson = (entries: readonly (readonly [string, unknown])[]): unknown =>
  JSON.parse(`{${entries.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value) ?? 'null'}`).join(',')}}`);

/** Anything that JSON can say, `__proto__` among its keys. */
export const garbage: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(null, true, false, 0, -1, 1.5, 1e300, Number.MAX_SAFE_INTEGER),
    fc.integer(),
    fc.string(),
    words,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.array(fc.tuple(fc.oneof(words, fc.string()), tie('value')), { maxLength: 3 }).map(asJson),
  ),
})).value;

/** Something valid with one or two of its values replaced, taken out or doubled. */
export function spoiled(valid: unknown): fc.Arbitrary<unknown> {
  const paths = pathsOf(valid);
  const one = fc.record({
    path: fc.constantFrom(...paths),
    how: fc.constantFrom('replace', 'remove', 'add' as const),
    with: fc.oneof(words, garbage),
    key: fc.string(),
  });
  return fc.array(one, { minLength: 1, maxLength: 2 }).map((spoils) => {
    const copy: unknown = structuredClone({ valid });
    for (const { path, how, with: value, key } of spoils) spoil(copy, ['valid', ...path], how, value, key);
    return (copy as { valid?: unknown }).valid;
  });
}

type Path = readonly (string | number)[];

function pathsOf(value: unknown, path: Path = []): Path[] {
  if (value === null || typeof value !== 'object') return [path];
  return [path, ...Object.entries(value).flatMap(([key, inner]) => pathsOf(inner, [...path, key]))];
}

function spoil(root: unknown, path: Path, how: 'replace' | 'remove' | 'add', value: unknown, key: string): void {
  const above = path.slice(0, -1).reduce<unknown>((at, k) => (at as Record<string, unknown> | undefined)?.[k], root);
  const last = path.at(-1) ?? '';
  if (above === null || typeof above !== 'object') return;
  const target = above as Record<string, unknown>;
  if (how === 'remove') delete target[last];
  else if (how === 'replace') target[last] = value;
  else if (target[last] !== null && typeof target[last] === 'object' && !Array.isArray(target[last]))
    (target[last] as Record<string, unknown>)[key] = value;
}

/** Whatever was given, the objects of this process are as they were. */
export const isUnpolluted = (): boolean => Object.keys(Object.prototype).length === 0 && Object.keys(Array.prototype).length === 0;
