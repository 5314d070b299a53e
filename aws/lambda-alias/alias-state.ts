import type { AliasConfiguration } from '@aws-sdk/client-lambda';
import { ChangedByHand, InvalidInput } from '../../domain/errors.ts';
import { type AliasMemory, descriptionOf, markOf, recall } from './alias-memory.ts';
import { type AliasPlace, toldPlace } from './alias-place.ts';
import { isRoutedAs, type Routing, routingOf, toldRouting } from './alias-routing.ts';
import { type Share, untouched } from './alias-shares.ts';

/** An alias that is as we left it, or that nothing was ever put on. */
export interface AliasState {
  readonly memory: AliasMemory;
  /** For the compare-and-set of the next write. */
  readonly revisionId: string;
  /** What it holds now, to tell a write that changes nothing. */
  readonly description: string;
}

const routingIn = ({ FunctionVersion = '', RoutingConfig }: AliasConfiguration): Routing => ({
  version: FunctionVersion,
  weights: RoutingConfig?.AdditionalVersionWeights ?? {},
});

const WHOM = (place: AliasPlace, way: string): string =>
  `Ask who made CloudTrail's last UpdateAlias event of ${place.functionName} in ${place.region}, and agree on what is right. ${way}`;

/**
 * @throws ChangedByHand when its versions, weights or Description are not what was last written
 * @throws InvalidInput when it cannot be begun with, or is another pipeline's
 */
export function stateOf(found: AliasConfiguration, place: AliasPlace, pipeline: string): AliasState {
  const { Description, RevisionId = '' } = found;
  const memory = recall(Description);
  const known = memory === 'broken' ? null : memory;
  if (memory === 'broken') throw brokenDescription(place, Description ?? '');
  if (known === null) return { memory: beginning(found, place, pipeline), revisionId: RevisionId, description: Description ?? '' };
  if (known.owner !== markOf(pipeline))
    throw new InvalidInput(
      `target.alias: ${toldPlace(place)} is deployed to by another pipeline than ${pipeline}; expected an alias of its own, or its Description to be removed if that pipeline is gone`,
    );
  checkShares(known, place);
  checkRouting(known, place, routingIn(found));
  return { memory: known, revisionId: RevisionId, description: Description ?? '' };
}

/** The first time: all of the alias runs what somebody else put there. */
function beginning(found: AliasConfiguration, place: AliasPlace, pipeline: string): AliasMemory {
  const { version, weights } = routingIn(found);
  const refuse = (value: string, expected: string): InvalidInput =>
    new InvalidInput(`target.alias: ${toldPlace(place)} ${value}; expected ${expected} before the first deployment to it`);
  if (Object.values(weights).some((weight) => weight > 0))
    throw refuse(`routes to ${toldRouting({ version, weights })}`, 'all of it on one version');
  if (!/^\d+$/.test(version)) throw refuse(`points to '${version}'`, 'a published version');
  return { owner: markOf(pipeline), oneBoxPercent: place.oneBoxPercent, shares: untouched(place.shares, version) };
}

/** A definition that gives the one-box an alias of its own, or takes it away, moves the requests of a share that runs something. */
function checkShares({ shares }: AliasMemory, place: AliasPlace): void {
  const kept = Object.keys(shares).toSorted().join(' and ');
  const expected = place.shares.toSorted().join(' and ');
  if (kept !== expected)
    throw new InvalidInput(
      `target.oneBoxAlias: ${toldPlace(place)} carries ${kept}, and by the definition it would carry ${expected}; expected the Description of each of its aliases to be removed, while nothing is deployed, when the one-box moves`,
    );
}

function checkRouting(memory: AliasMemory, place: AliasPlace, found: Routing): void {
  const told = routingOf(memory.shares, memory.oneBoxPercent);
  if (told === null) throw brokenDescription(place, descriptionOf(memory));
  if (isRoutedAs(found, told)) return;
  const way = 'Then route it as expected again; or remove its Description, to begin anew with the one version that it routes to.';
  throw new ChangedByHand(toldPlace(place), toldRouting(told), toldRouting(found), WHOM(place, way));
}

const brokenDescription = (place: AliasPlace, description: string): ChangedByHand =>
  new ChangedByHand(
    `the Description of ${toldPlace(place)}`,
    'what Groundswell wrote there',
    `'${description}'`,
    WHOM(place, 'Then put back what it was; or remove it, to begin anew with the one version that the alias routes to.'),
  );

/** The share of a place. @throws Error when a state was made for another */
export function shareOf({ memory }: AliasState, { share }: AliasPlace): Share {
  const found = memory.shares[share];
  if (found === undefined) throw new Error(`the alias has no ${share}`);
  return found;
}
