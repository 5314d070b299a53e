// Who holds a stage's one-box and its body.
import { isOver, openStay, type Pipeline, type Release, type Stay } from './book.ts';
import { isOneBox } from './definition.ts';

/** `<stage>/one-box` or `<stage>/body`. */
export const slotOf = (stage: string, step: string): string => `${stage}/${isOneBox(step) ? 'one-box' : 'body'}`;

/**
 * A release holds the one-box from its first step until it enters the body or leaves, and the body from its first cells until the wave is promoted
 * or rolled back; one that goes back holds the slots of all it changed until it is back.
 */
export function holdersOf(pipeline: Pipeline, slot: string): Release[] {
  return [...pipeline.releases.values()].filter((release) => {
    const stay = openStay(release);
    const byHand = release.handBacks.some((h) => h.leftAt === null && h.event.scope.some((cell) => slotOf(h.event.stage, cell) === slot));
    return byHand || (stay !== undefined && slotsHeld(stay).includes(slot) && !isOver(release));
  });
}

function slotsHeld({ stage, steps, back }: Stay): string[] {
  if (back !== null) return back.event.scope.map((cell) => slotOf(stage, cell));
  return [steps.every(isOneBox) ? `${stage}/one-box` : `${stage}/body`];
}
