/** As git's `%s`: the lines of a message up to its first empty one, in one. */
export function subjectOf(message: string): string {
  const lines = message.replace(/^(\s*\n)+/, '').split('\n');
  const end = lines.findIndex((line) => line.trim() === '');
  return lines
    .slice(0, end < 0 ? lines.length : end)
    .map((line) => line.trimEnd())
    .join(' ');
}
