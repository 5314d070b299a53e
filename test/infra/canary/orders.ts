import { expectedTotal } from './expected-total.ts';

/** A canary of a service, as a team writes it. */
export async function handler(): Promise<string> {
  const total = expectedTotal(2);
  if (total !== 42) throw new Error(`total: ${total}; expected 42`);
  return 'the order has its total';
}
