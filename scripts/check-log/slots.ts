// Who holds a stage's one-box and its body.
import { isOver, openStay, type Pipeline, type Release, routeOf, type Stay } from './book.ts';
import { carriesTwoVersions, type Definition, isOneBox, isOneSlot } from './definition.ts';

/** `<stage>/one-box` or `<stage>/body`; of a step, or of one of its cells. */
export const slotOf = (route: Definition | undefined, stage: string, step: string): string =>
  `${stage}/${isOneBox(step) && !isOneSlot(route) ? 'one-box' : 'body'}`;

/**
 * A release holds the one-box from its first step until it enters the body or leaves, and the body from its first cells until the wave is promoted
 * or rolled back; one that goes back holds the slots of all it changed until it is back.
 */
export function holdersOf(pipeline: Pipeline, slot: string): Release[] {
  return [...pipeline.releases.values()].filter((release) => {
    const stay = openStay(release);
    const route = routeOf(pipeline, release);
    const byHand = release.handBacks.some(
      (h) => h.leftAt === null && h.event.scope.some((cell) => slotOf(route, h.event.stage, cell) === slot),
    );
    return byHand || (stay !== undefined && slotsHeld(route, stay).includes(slot) && !isOver(release));
  });
}

function slotsHeld(route: Definition | undefined, { stage, steps, back }: Stay): string[] {
  if (back !== null) return back.event.scope.map((cell) => slotOf(route, stage, cell));
  return [slotOf(route, stage, steps.every(isOneBox) ? 'one-box' : 'body')];
}

/** It is in the middle of cells that carry two versions at most: nobody takes it over there. */
export function isHalfInBody(pipeline: Pipeline, release: Release): boolean {
  const stay = openStay(release);
  const last = stay?.steps.at(-1);
  const isDeploying = last !== undefined && !isOneBox(last) && stay?.bakes.has(last) === false;
  return isDeploying && carriesTwoVersions(routeOf(pipeline, release));
}
