import type { ShareName, Shares } from './alias-shares.ts';

/** What a write to an alias asks of the alarms on its one-box. */
export interface OneBoxWatch {
  /** The published version that they are to look at; null: none. */
  readonly version: string | null;
  /** What they looked at until then. */
  readonly instead: string | null;
  /** A version that comes is looked at before it has any weight; whatever leaves is not waited for, since nothing holds up a way back. */
  readonly when: 'before' | 'after' | 'never';
}

/**
 * The published version that is on a one-box, as a weight, and not yet all of the alias; null when there is none: where the one-box has an alias of its own, or
 * is what the body is, or is older than what is in the body, which goes back.
 */
export function versionOnOneBox({ oneBox, body }: Shares): string | null {
  const standing = oneBox?.runs[0]?.standing;
  if (standing === undefined || body === undefined) return null;
  return body.runs.some((run) => run.standing.release < standing.release) ? standing.published : null;
}

const releaseOnOneBox = ({ oneBox }: Shares): number => oneBox?.runs[0]?.standing.release ?? 0;

/** @param written the share that the write changes */
export function oneBoxWatch(before: Shares, after: Shares, written: ShareName): OneBoxWatch {
  const [version, instead] = [versionOnOneBox(after), versionOnOneBox(before)];
  const comes = written === 'oneBox' && version !== null && releaseOnOneBox(after) >= releaseOnOneBox(before);
  return { version, instead, when: comes ? 'before' : version === instead ? 'never' : 'after' };
}
