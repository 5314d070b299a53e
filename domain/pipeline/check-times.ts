import { Temporal } from 'temporal-polyfill';
import { InvalidInput } from '../errors.ts';
import { longestSpan } from '../time/staffed.ts';
import { nextStart, shortestBakeSeconds, startRulesFor } from '../time/start-times.ts';
import type { PipelineDefinition, WindowsDefinition } from './definition.ts';
import { type RouteStep, routeOf } from './route.ts';

/** A whole year with every change of clocks in it. */
const YEAR = { from: '2026-01-01T00:00:00.000Z', to: '2027-01-01T00:00:00.000Z' } as const;

/** Windows, freezes and hours. @throws InvalidInput that names the field */
export function checkTimes(definition: PipelineDefinition): void {
  const { windows, freezes, regionHours, staffed, maxDeploymentsPerWindow } = definition;
  for (const [i, freeze] of freezes.entries()) {
    if (Date.parse(freeze.from) >= Date.parse(freeze.to))
      throw new InvalidInput(`freezes.${i}: from ${freeze.from} to ${freeze.to}; expected an end after its beginning`);
  }
  if (windows !== null) checkHours(windows, 'windows');
  if (windows === null && maxDeploymentsPerWindow !== null)
    throw new InvalidInput(`maxDeploymentsPerWindow: ${maxDeploymentsPerWindow}, and there are no windows; expected windows, or null`);
  const regions = definition.stages.flatMap((s) => s.regions.map((r) => r.region));
  for (const [region, hours] of Object.entries(regionHours)) {
    if (!regions.includes(region)) throw new InvalidInput(`regionHours: '${region}' is in no wave; expected one of ${regions.join(', ')}`);
    checkHours(hours, `regionHours.${region}`);
  }
  for (const [i, hours] of staffed.entries()) checkHours(hours, `staffed.${i}`);
  checkStarts(definition);
}

function checkHours(hours: WindowsDefinition, field: string): void {
  if (hours.from >= hours.to)
    throw new InvalidInput(`${field}: from ${hours.from} to ${hours.to}; expected an end after its beginning on the same day`);
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(hours.zone);
  } catch (cause) {
    throw new InvalidInput(`${field}.zone: '${hours.zone}' is no IANA time zone`, { cause });
  }
}

const withoutHolidays = (hours: WindowsDefinition): WindowsDefinition => ({ ...hours, holidays: [] });

/** A step that could never start, though there were no holidays, would hold the pipeline for ever. */
function checkStarts(definition: PipelineDefinition): void {
  const { windows, regionHours, staffed } = definition;
  const usual: PipelineDefinition = {
    ...definition,
    windows: windows === null ? null : withoutHolidays(windows),
    regionHours: Object.fromEntries(Object.entries(regionHours).map(([region, hours]) => [region, withoutHolidays(hours)])),
    staffed: staffed.map(withoutHolidays),
    freezes: [],
  };
  const longestSeconds = longestSpan(usual.staffed, Date.parse(YEAR.from), Date.parse(YEAR.to)) / 1000;
  for (const step of routeOf(definition)) {
    const rules = startRulesFor(usual, step, step.bake);
    if (staffed.length > 0 && rules.seconds > longestSeconds) throw new InvalidInput(tooLong(step, rules.seconds, longestSeconds));
    if (nextStart(rules, YEAR.from) === null) throw new InvalidInput(neverOpen(usual, step));
  }
}

const minutes = (seconds: number): string => `${Math.ceil(seconds / 60)} min`;

function tooLong({ id, bake }: RouteStep, seconds: number, longestSeconds: number): string {
  const bakes = shortestBakeSeconds(bake);
  const takes = `${minutes(seconds)} (${minutes(seconds - bakes)} of roll-out, ${minutes(bakes)} of bake)`;
  return `staffed: ${id} takes ${takes}, and people are there for ${minutes(longestSeconds)} at a time at most; expected a step that ends while they are`;
}

function neverOpen({ windows, regionHours, staffed }: PipelineDefinition, { id, cells }: RouteStep): string {
  const regions = cells.map((c) => c.region).filter((r) => regionHours[r] !== undefined);
  const fields = [
    ...(windows === null ? [] : ['windows']),
    ...regions.map((r) => `regionHours.${r}`),
    ...(staffed.length === 0 ? [] : ['staffed']),
  ];
  return `${fields.join(', ')}: together they never let ${id} start; expected a time at which all of them do`;
}
