import { bakeIn } from '../bake/baking.ts';
import { secondsBetween } from '../dated.ts';
import type { EventOf } from '../events.ts';
import type { PipelineDefinition } from '../pipeline/definition.ts';
import { boxesAtOnce, healthyFloor } from '../pipeline/rolling.ts';
import { routeOf } from '../pipeline/route.ts';
import type { Instant } from '../ports.ts';
import { otherBake, type UntoldBake } from './backtest-bake.ts';
import { heldIn, isLetIn, type Leg, otherEntry, startBy } from './backtest-course.ts';
import type { Run, Visit } from './recorded.ts';

/** A decision that another policy would have made otherwise, on what the log says of it alone. */
export type Difference =
  /** Entered, though the other policy's clock is closed then. */
  | {
      readonly kind: 'entryLater';
      readonly release: number;
      readonly scope: string;
      readonly enteredAt: Instant;
      readonly by: 'hours' | 'freeze';
      /** Null when it never opens. */
      readonly opensAt: Instant | null;
    }
  /** Waited, though by the other policy it could have entered before. */
  | {
      readonly kind: 'entryEarlier';
      readonly release: number;
      readonly scope: string;
      readonly enteredAt: Instant;
      readonly couldAt: Instant;
    }
  /** Baked longer or shorter; `untold` says what of it the log cannot tell. */
  | {
      readonly kind: 'bake';
      readonly release: number;
      readonly scope: string;
      readonly seconds: number;
      readonly otherSeconds: number;
      readonly untold: readonly UntoldBake[];
    }
  /** Took out more boxes at once, or left fewer healthy ones, than the other policy lets it. */
  | {
      readonly kind: 'batch';
      readonly release: number;
      readonly cell: string;
      readonly batch: number;
      readonly deployedAt: Instant;
      readonly boxes: number;
      readonly size: number;
      readonly boxesAllowed: number;
      readonly stayHealthy: number;
      readonly healthyFloor: number;
    };

type Policies = Readonly<Record<string, PipelineDefinition>>;

/** Entries and bakes of a run that the other policy would have decided otherwise, each with its wait and measurements as recorded. */
export function differencesIn(run: Run, other: PipelineDefinition, policies: Policies): readonly Difference[] {
  return run.visits.flatMap((visit) => [
    ...entryDifference(run.release, visit, other, policies),
    ...bakeDifference(run.release, visit, other, policies),
  ]);
}

function entryDifference(release: number, visit: Visit, other: PipelineDefinition, policies: Policies): readonly Difference[] {
  if (visit.isStage || isLetIn(visit) || bakeIn(routeOf(other), visit.scope) === undefined) return [];
  const { scope, enteredAt, readyAt } = visit;
  const opensAt = startBy(other, scope, enteredAt, visit.factor);
  if (opensAt !== enteredAt) {
    const frozen = other.freezes.some((f) => Date.parse(f.from) <= Date.parse(enteredAt) && Date.parse(enteredAt) < Date.parse(f.to));
    return [{ kind: 'entryLater', release, scope, enteredAt, by: frozen ? 'freeze' : 'hours', opensAt }];
  }
  const couldAt = otherEntry(other, scope, readyAt, heldIn(visit.waits, scope, policies), visit.factor);
  return couldAt !== null && couldAt < enteredAt ? [{ kind: 'entryEarlier', release, scope, enteredAt, couldAt }] : [];
}

function bakeDifference(release: number, visit: Visit, other: PipelineDefinition, policies: Policies): readonly Difference[] {
  const policy = bakeIn(routeOf(other), visit.scope);
  const recorded = policies[visit.bakePolicy];
  const { passed, bakesFrom, scope } = visit;
  if (policy === undefined || recorded === undefined || passed === null || bakesFrom === null) return [];
  const seconds = secondsBetween(bakesFrom, visit.promotedAt ?? passed.lookedAt);
  const { seconds: otherSeconds, untold } = otherBake(visit, bakeIn(routeOf(recorded), scope), policy);
  return otherSeconds === seconds && untold.length === 0 ? [] : [{ kind: 'bake', release, scope, seconds, otherSeconds, untold }];
}

/** Whether a forward batch is too big for the other policy. */
export function batchDifference(event: EventOf<'BatchDeployed'>, other: PipelineDefinition): readonly Difference[] {
  const rollOut = routeOf(other).find((s) => s.cells.some((c) => c.id === event.cell))?.rollOut;
  if (rollOut === undefined || event.direction !== 'forward') return [];
  const { release, cell, batch, deployedAt, size } = event;
  const accepts = size < 3 && rollOut.fewBoxes === 'accept';
  const boxesAllowed = accepts ? 1 : boxesAtOnce(size, rollOut.batchPercent);
  const floor = accepts ? 0 : healthyFloor(size, rollOut.minHealthyPercent);
  const healthyTaken = event.healthyTaken ?? 0;
  const stayHealthy = event.healthy - healthyTaken;
  const isTooBig = event.boxes.length > boxesAllowed || (healthyTaken > 0 && stayHealthy < floor);
  if (!isTooBig) return [];
  return [
    { kind: 'batch', release, cell, batch, deployedAt, boxes: event.boxes.length, size, boxesAllowed, stayHealthy, healthyFloor: floor },
  ];
}

/** Whether the leg is where and when the log has it. */
export const isAsRecorded = (leg: Leg): boolean => leg.visit !== null && leg.visit.enteredAt === leg.entersAt;
