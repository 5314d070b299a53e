import { InvalidInput } from '../domain/errors.ts';

/** A number as the command line gives it. @throws InvalidInput that names the option, the value and what was expected */
export function numberOf(option: string, given: string, isGood: (n: number) => boolean, expected: string): number {
  const number = Number(given);
  if (given.trim() === '' || !Number.isFinite(number) || !isGood(number))
    throw new InvalidInput(`${option}: '${given}'; expected ${expected}`);
  return number;
}
