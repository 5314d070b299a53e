import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { type RehearseArguments, runRehearse } from '../../cli/rehearse.ts';

export interface Said {
  readonly code: number;
  readonly lines: readonly string[];
}

/** `groundswell rehearse` in this process, its output not on a terminal. */
export async function rehearseHere(
  given: RehearseArguments,
  onLines: (lines: string) => void = () => {},
  signal: AbortSignal = new AbortController().signal,
): Promise<Said> {
  const out = new PassThrough().setEncoding('utf8');
  out.on('data', onLines);
  const written = text(out);
  const code = await runRehearse(given, out as unknown as NodeJS.WriteStream, signal);
  out.end();
  return { code, lines: (await written).trimEnd().split('\n') };
}
