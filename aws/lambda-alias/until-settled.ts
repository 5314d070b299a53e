import { PreconditionFailedException, ResourceConflictException } from '@aws-sdk/client-lambda';

/** Others write to the same function: a cell's own late writer, another alias of it. Each writes once or twice. */
const MOST_ATTEMPTS = 5;

const isOvertaken = (error: unknown): boolean => error instanceof PreconditionFailedException || error instanceof ResourceConflictException;

/** Does it again, from what is there then, while another's write comes in between. */
export async function untilSettled<T>(act: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await act();
    } catch (error) {
      if (!isOvertaken(error) || attempt === MOST_ATTEMPTS) throw error;
    }
  }
}
