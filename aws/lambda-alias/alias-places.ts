import type { Access } from '../clients.ts';
import type { MetricPlaces } from '../cloudwatch-metrics.ts';
import { placeOf } from './alias-place.ts';
import { type AliasAccess, publishedOf } from './read-alias.ts';

export interface AliasPlacesOptions extends AliasAccess {
  /** As whom metrics of a Region are read. */
  readonly accessIn: (region: string) => Access;
}

/** What cells on Lambda aliases serve is measured under their aliases, and under the versions that are on those now. */
export const aliasPlaces = (options: AliasPlacesOptions): MetricPlaces => ({
  async aliasOf(pipeline, cell) {
    const definition = await options.definitionOf(pipeline);
    if (definition.target.kind !== 'lambdaAlias') return null;
    const { region, functionName, alias } = placeOf(definition, cell);
    return { access: options.accessIn(region), functionName, alias };
  },
  versionOf: (pipeline, cell, release) => publishedOf(options, { pipeline, cell }, release),
});
