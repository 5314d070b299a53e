/** One line of JSON in the function's log, where CloudWatch Logs Insights finds its fields. */
export const logFault = (what: string, error: unknown): void => {
  const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) };
  console.error(JSON.stringify({ level: 'ERROR', message: `could not read ${what}`, error: name, reason: message }));
};
