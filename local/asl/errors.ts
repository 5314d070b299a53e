/** An error as Step Functions sees it: a name that Retry and Catch match, and a cause. */
export class StatesError extends Error {
  override readonly name = 'StatesError';
  readonly error: string;
  readonly causeText: string;
  constructor(error: string, causeText: string) {
    super(`${error}: ${causeText}`);
    this.error = error;
    this.causeText = causeText;
  }
}

/** Ends the execution whatever its Catch says. */
export const UNCATCHABLE: readonly string[] = ['States.Runtime', 'States.DataLimitExceeded', 'Execution.Aborted'];

/** What a Retry's or Catch's `ErrorEquals` matches. `States.TaskFailed` is any error of a task but a time-out. */
export function matches(errorEquals: readonly string[], error: string): boolean {
  if (UNCATCHABLE.includes(error)) return false;
  return errorEquals.some(
    (name) =>
      name === error ||
      name === 'States.ALL' ||
      (name === 'States.TaskFailed' && error !== 'States.Timeout' && error !== 'States.HeartbeatTimeout'),
  );
}

/** A function's error as Step Functions reports it: its name, and a JSON cause. */
export function fromThrown(thrown: unknown): StatesError {
  if (thrown instanceof StatesError) return thrown;
  const { name, message } = thrown instanceof Error ? thrown : { name: 'Error', message: String(thrown) };
  return new StatesError(name, JSON.stringify({ errorType: name, errorMessage: message }));
}
