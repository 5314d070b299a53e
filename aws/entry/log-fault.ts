/** One line of JSON in the function's log, where CloudWatch Logs Insights finds its fields. */
const logging =
  (failed: string) =>
  (what: string, error: unknown): void => {
    const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) };
    console.error(JSON.stringify({ level: 'ERROR', message: `${failed} ${what}`, error: name, reason: message }));
  };

export const logFault = logging('could not read');
/** Of what nothing waits for. */
export const logUnchanged = logging('could not change');
