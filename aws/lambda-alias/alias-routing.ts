import { SHARE_BOXES, type ShareName, type Shares } from './alias-shares.ts';

/** What Lambda is told: the alias's version, and the weight of the other one where there are two. */
export interface Routing {
  readonly version: string;
  readonly weights: Readonly<Record<string, number>>;
}

/** Weights are told to a thousandth of a percent: enough for a hundredth of a share of 90.1 %. */
const PRECISION = 100_000;
const rounded = (weight: number): number => Math.round(weight * PRECISION) / PRECISION;

/** The part of an alias's requests that each share gets, of 1. */
function partOf(name: ShareName, shares: Shares, oneBoxPercent: number): number {
  if (shares.oneBox === undefined || shares.body === undefined) return 1;
  return name === 'oneBox' ? oneBoxPercent / 100 : 1 - oneBoxPercent / 100;
}

/** Published version → its weight, of 1, the greatest first. */
export function weightsOf(shares: Shares, oneBoxPercent: number): ReadonlyMap<string, number> {
  const weights = new Map<string, number>();
  for (const name of ['oneBox', 'body'] as const) {
    for (const { standing, boxes } of shares[name]?.runs ?? []) {
      const weight = (partOf(name, shares, oneBoxPercent) * boxes) / SHARE_BOXES[name];
      weights.set(standing.published, (weights.get(standing.published) ?? 0) + weight);
    }
  }
  return new Map([...weights].toSorted(([v, a], [w, b]) => b - a || Number(v) - Number(w)));
}

/** Null when there are more versions than an alias carries. */
export function routingOf(shares: Shares, oneBoxPercent: number): Routing | null {
  const [main, other, third] = [...weightsOf(shares, oneBoxPercent)];
  if (main === undefined || third !== undefined) return null;
  return { version: main[0], weights: other === undefined ? {} : { [other[0]]: rounded(other[1]) } };
}

/** Whether Lambda routes as it was told. It need not give a weight back to the last bit. */
export function isRoutedAs(found: Routing, told: Routing): boolean {
  const [weights, expected] = [found, told].map(({ weights }) => Object.entries(weights).filter(([, weight]) => weight > 0));
  return (
    found.version === told.version &&
    weights?.length === expected?.length &&
    (expected ?? []).every(([version, weight]) => Math.abs((found.weights[version] ?? 0) - weight) < 1 / PRECISION)
  );
}

const percent = (weight: number): string => `${Math.round(weight * 100 * 1000) / 1000} %`;

/** `version 13 with 10 %, version 12 with 90 %` */
export function toldRouting({ version, weights }: Routing): string {
  const others = Object.entries(weights);
  const rest = 1 - others.reduce((sum, [, weight]) => sum + weight, 0);
  return [[version, rest] as const, ...others].map(([v, weight]) => `version ${v} with ${percent(weight)}`).join(', ');
}
