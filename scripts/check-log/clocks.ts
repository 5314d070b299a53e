/** By so much the clocks of writers, and of what dates alarms, may differ: what two of them date closer together, either may have come first. */
const CLOCKS_DIFFER_MS = 500;

export const isSurelyBefore = (a: string, b: string): boolean => Date.parse(a) + CLOCKS_DIFFER_MS < Date.parse(b);
