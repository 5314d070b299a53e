import * as z from 'zod';
import { InvalidInput } from '../domain/errors.ts';
import type { Instant } from '../domain/ports.ts';

const LAST_YEAR = 9_999;

/** Only what is written as ISO 8601 has one meaning, whoever reads it. */
const isoInstant = z.iso.datetime({ offset: true });

/** @throws InvalidInput for what is no instant */
export function instantArgument(option: string, given: string): Instant {
  const at = isoInstant.safeParse(given).success ? new Date(given) : null;
  // A year of more than four digits would not sort among the others as text.
  if (at !== null && !Number.isNaN(at.getTime()) && at.getUTCFullYear() <= LAST_YEAR) return at.toISOString();
  throw new InvalidInput(`${option}: '${given}'; expected an instant like 2026-11-02T09:00:00Z`);
}
