import { InvalidInput } from '../domain/errors.ts';
import { partOfComposite } from './alarm-names.ts';

/** What one rule may have: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html */
const MAX_CHILDREN = 100;
const MAX_CHARACTERS = 10_240;

const STATE = '(?:ALARM|OK|INSUFFICIENT_DATA)';
const TOKEN = new RegExp(
  [
    '(?<word>(?:AND|OR|NOT|TRUE|FALSE)\\b|[()])',
    `${STATE}\\s*\\((?<one>\\s*(?:"[^"]+"|[^"()]+))\\)`,
    `AT_LEAST\\s*\\(\\s*\\d+\\s*%?\\s*,\\s*(?:NOT\\s+)?${STATE}\\s*,\\s*\\((?<many>(?:"[^"]+"|[^"()])+)\\)\\s*\\)`,
  ].join('|'),
  'y',
);

interface Token {
  /** An operator or a bracket; `value` is what is true or false by itself. */
  readonly kind: string;
  readonly names: readonly string[];
}

/**
 * Names or ARNs of the alarms that a composite's rule looks at, each once; null when we cannot read the rule.
 * Whatever it asks of a child (`ALARM`, `OK`, `NOT`, `AT_LEAST`): while that has no data the rule tells nothing of what it watches.
 */
export function childrenIn(rule: string): readonly string[] | null {
  const tokens = tokensIn(rule.trimEnd());
  if (tokens === null || afterExpression(tokens, 0) !== tokens.length) return null;
  return [...new Set(tokens.flatMap((t) => t.names))];
}

function tokensIn(rule: string): readonly Token[] | null {
  const tokens: Token[] = [];
  for (let at = 0; at < rule.length; at = TOKEN.lastIndex) {
    TOKEN.lastIndex = at + (rule.slice(at).match(/^\s*/)?.[0].length ?? 0);
    const groups = TOKEN.exec(rule)?.groups;
    if (groups === undefined) return null;
    const { word, one, many } = groups;
    const names = [...(one ?? many ?? '').matchAll(/"([^"]+)"|([^",]+)/g)].map(([, quoted, bare]) => quoted ?? (bare ?? '').trim());
    const isOperator = word !== undefined && word !== 'TRUE' && word !== 'FALSE';
    tokens.push({ kind: isOperator ? word : 'value', names: names.filter((n) => n !== '') });
  }
  return tokens;
}

/** Where the expression ends that begins at that token; -1 when none does. */
function afterExpression(tokens: readonly Token[], at: number): number {
  let end = afterTerm(tokens, at);
  while (end > 0 && (tokens[end]?.kind === 'AND' || tokens[end]?.kind === 'OR')) end = afterTerm(tokens, end + 1);
  return end;
}

function afterTerm(tokens: readonly Token[], at: number): number {
  switch (tokens[at]?.kind) {
    case 'value':
      return at + 1;
    case 'NOT':
      return afterTerm(tokens, at + 1);
    case '(': {
      const end = afterExpression(tokens, at + 1);
      return tokens[end]?.kind === ')' ? end + 1 : -1;
    }
    default:
      return -1;
  }
}

export interface CompositeRule {
  readonly name: string;
  readonly rule: string;
}

const inAlarm = (name: string): string => `ALARM("${name}")`;

const isOneRule = (children: readonly string[]): boolean => children.length <= MAX_CHILDREN && ruleOf(children).length <= MAX_CHARACTERS;

const ruleOf = (children: readonly string[]): string => children.map(inAlarm).join(' OR ') || 'FALSE';

/**
 * The composites that together are in ALARM while any child is: one, or above what one may have parts and what is over them, which is last and has that
 * name. Without children it is never in ALARM.
 * @throws InvalidInput for a child that a rule cannot name, or for more than a composite of composites may have
 */
export function anyInAlarm(name: string, children: readonly string[]): readonly CompositeRule[] {
  for (const child of children)
    if (child.includes('"')) throw new InvalidInput(`${name}: alarm '${child}'; expected a name without '"': a rule has names in quotes`);
  if (isOneRule(children)) return [{ name, rule: ruleOf(children) }];
  const parts = partsOf(children).map((part, i) => ({ name: partOfComposite(name, i + 1), rule: ruleOf(part) }));
  const names = parts.map((p) => p.name);
  if (!isOneRule(names))
    throw new InvalidInput(
      `${name}: ${children.length} alarms, in ${parts.length} parts; expected at most ${MAX_CHILDREN} parts of at most ${MAX_CHILDREN} alarms and ${MAX_CHARACTERS} characters each, which is all that CloudWatch takes`,
    );
  return [...parts, { name, rule: ruleOf(names) }];
}

/** In their order, as many in each part as a rule may have. */
function partsOf(children: readonly string[]): readonly (readonly string[])[] {
  const parts: string[][] = [];
  let characters = Number.POSITIVE_INFINITY;
  for (const child of children) {
    characters += inAlarm(child).length + ' OR '.length;
    const last = parts.at(-1);
    if (last === undefined || last.length === MAX_CHILDREN || characters > MAX_CHARACTERS) {
      parts.push([child]);
      characters = inAlarm(child).length;
    } else last.push(child);
  }
  return parts;
}
