import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { UpdateAliasCommand } from '@aws-sdk/client-lambda';
import { InvalidInput, NoRoom, StaleEpoch } from '../../domain/errors.ts';
import type { Batch, Box, CellKey, CellReading, Target, Version } from '../../domain/ports.ts';
import { type BucketOf, hexOf } from '../artifact-key.ts';
import { type AliasMemory, descriptionOf } from './alias-memory.ts';
import { type AliasPlace, placeOf, toldPlace } from './alias-place.ts';
import { type Routing, routingOf } from './alias-routing.ts';
import { boxesOf, boxesWithout, SHARE_BOXES, type Standing, standingsOf, withBatch } from './alias-shares.ts';
import { type AliasState, shareOf } from './alias-state.ts';
import { OneBoxAlarms } from './one-box-alarms.ts';
import { oneBoxWatch } from './one-box-watch.ts';
import { PublishedVersions } from './published-versions.ts';
import { type AliasAccess, readAlias } from './read-alias.ts';
import { untilSettled } from './until-settled.ts';
import { healthOf, type VersionHealth } from './version-health.ts';

export interface LambdaAliasOptions extends AliasAccess {
  readonly bucketOf: BucketOf;
  readonly cloudWatch: (region: string) => CloudWatchClient;
  /** Told why something could not be done that nothing waits for. */
  readonly tell: (what: string, error: unknown) => void;
}

const MOST_VERSIONS = 2;

interface Facts extends VersionHealth {
  readonly checksum: string;
}

/**
 * Cells as shares of Lambda aliases. A box is a hundredth of a cell's weight, or all of a one-box's; a batch moves weights, and takes nothing out
 * of service. All that is written is one UpdateAlias, compared and set by the alias's RevisionId; around it the alarms of a one-box that is a weight are
 * told of its version.
 */
export class LambdaAliasTarget implements Target {
  readonly #options: LambdaAliasOptions;

  constructor(options: LambdaAliasOptions) {
    this.#options = options;
  }

  async current(key: CellKey): Promise<CellReading> {
    const place = await this.#placeOf(key);
    const state = await readAlias(this.#options.lambda(place.region), place, key.pipeline);
    const share = shareOf(state, place);
    const own = new Set(share.runs.map((run) => run.standing.published));
    const facts = await this.#factsOf(place, standingsOf(state.memory.shares), own);
    const versionOf = ({ release, version, published }: Standing): Version => ({
      release,
      version,
      checksum: facts.get(published)?.checksum ?? '',
    });
    const boxes = boxesOf(share).map(({ id, epoch, standing }): Box => {
      const { checksum: _, ...health } = facts.get(standing.published) ?? { checksum: '', health: 'failing' };
      return { id, epoch, version: versionOf(standing), ...health };
    });
    const { [place.share]: __, ...others } = state.memory.shares;
    return { cell: key.cell, boxes, size: SHARE_BOXES[place.share], epoch: share.epoch, beside: standingsOf(others).map(versionOf) };
  }

  /** What a repeat finds done it does not do again: a write whose answer was lost is found there, and is no conflict. */
  async deployBatch(batch: Batch): Promise<void> {
    const definition = await this.#options.definitionOf(batch.pipeline);
    const place = placeOf(definition, batch.cell);
    if (batch.addBox || batch.removeAdded) throw new InvalidInput(`${batch.cell}: no box can be added to ${toldPlace(place)}`);
    const { cloudWatch, tell } = this.#options;
    const alarms = new OneBoxAlarms(definition, { client: cloudWatch(place.region), region: place.region, tell });
    await untilSettled(() => this.#write(batch, place, alarms));
  }

  async #write(batch: Batch, place: AliasPlace, alarms: OneBoxAlarms): Promise<void> {
    const state = await readAlias(this.#options.lambda(place.region), place, batch.pipeline);
    const share = shareOf(state, place);
    if (batch.epoch < share.epoch) throw new StaleEpoch(batch.cell, batch.epoch, share.epoch);
    const isDone = boxesWithout(share, batch).length === 0;
    if (isDone && batch.epoch === share.epoch) return;
    const changed = isDone ? { ...share, epoch: batch.epoch } : withBatch(share, batch, await this.#standing(place, state, batch.version));
    const shares = { ...state.memory.shares, [place.share]: changed };
    const write = updateOf(place, state, { ...state.memory, oneBoxPercent: place.oneBoxPercent, shares });
    const watch = oneBoxWatch(state.memory.shares, shares, place.share);
    await alarms.before(watch);
    await this.#options.lambda(place.region).send(write);
    await alarms.after(watch);
  }

  /** As the alias has it; where it has not, another alias of the function may have had it before. */
  async #standing(place: AliasPlace, { memory }: AliasState, version: Version): Promise<Standing> {
    const { functionName, region } = place;
    const versions = new PublishedVersions(this.#options.lambda(region), functionName, this.#options.bucketOf(region));
    const there = standingsOf(memory.shares).find((s) => s.version === version.version && s.release === version.release);
    if (there === undefined) return { release: version.release, version: version.version, published: await versions.ensure(version) };
    await versions.check(there.published, version.checksum);
    return there;
  }

  async #placeOf({ pipeline, cell }: CellKey): Promise<AliasPlace> {
    return placeOf(await this.#options.definitionOf(pipeline), cell);
  }

  /** Of every published version on the alias its checksum; of those on the cell, their health. */
  async #factsOf(place: AliasPlace, standings: readonly Standing[], own: ReadonlySet<string>): Promise<ReadonlyMap<string, Facts>> {
    const client = this.#options.lambda(place.region);
    const versions = new PublishedVersions(client, place.functionName, this.#options.bucketOf(place.region));
    const all = [...new Set(standings.map((s) => s.published))].map(async (published): Promise<[string, Facts]> => {
      const configuration = await versions.configuration(published);
      const health: VersionHealth = own.has(published) ? await healthOf(client, place, configuration) : { health: 'healthy' };
      return [published, { checksum: hexOf(configuration.CodeSha256 ?? ''), ...health }];
    });
    return new Map(await Promise.all(all));
  }
}

/** @throws NoRoom when the alias cannot carry it all */
function updateOf(place: AliasPlace, state: AliasState, memory: AliasMemory): UpdateAliasCommand {
  const routing: Routing | null = routingOf(memory.shares, memory.oneBoxPercent);
  if (routing === null) {
    const versions = standingsOf(memory.shares).map((s) => s.version);
    throw new NoRoom(toldPlace(place), versions, MOST_VERSIONS);
  }
  return new UpdateAliasCommand({
    FunctionName: place.functionName,
    Name: place.alias,
    FunctionVersion: routing.version,
    RoutingConfig: { AdditionalVersionWeights: routing.weights },
    Description: descriptionOf(memory),
    RevisionId: state.revisionId,
  });
}
