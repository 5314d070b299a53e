import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** Writes lines to standard output as they come. Whoever reads them may stop before the end, as `head` does. */
export async function print(lines: Iterable<string> | AsyncIterable<string>): Promise<void> {
  try {
    await pipeline(Readable.from(withNewlines(lines)), process.stdout, { end: false });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
  }
}

async function* withNewlines(lines: Iterable<string> | AsyncIterable<string>): AsyncGenerator<string> {
  for await (const line of lines) yield `${line}\n`;
}
