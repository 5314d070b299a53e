import { InvalidInput } from './errors.ts';

export type Partition = 'aws' | 'aws-cn' | 'aws-us-gov';

export interface RegionEntry {
  readonly region: string;
  readonly partition: Partition;
  readonly zones: readonly string[];
  /** 1 gets the most requests. */
  readonly trafficRank: number;
}

export type Catalogue = readonly RegionEntry[];

const entry = (region: string, trafficRank: number, zones = 3, partition: Partition = 'aws'): RegionEntry => ({
  region,
  partition,
  trafficRank,
  zones: Array.from({ length: zones }, (_, i) => `${region}${'abcdef'[i]}`),
});

/** 24 commercial Regions with 76 zones, the article's size, and those of the other partitions. A new Region reaches every pipeline from here. */
export const CATALOGUE: Catalogue = [
  entry('us-east-1', 1, 6),
  entry('us-west-2', 2, 4),
  entry('eu-west-1', 3),
  entry('eu-central-1', 4),
  entry('ap-northeast-1', 5),
  entry('ap-southeast-1', 6),
  entry('us-east-2', 7),
  entry('ap-southeast-2', 8),
  entry('ap-south-1', 9),
  entry('eu-west-2', 10),
  entry('ca-central-1', 11),
  entry('sa-east-1', 12),
  entry('ap-northeast-2', 13),
  entry('eu-north-1', 14),
  entry('eu-west-3', 15),
  entry('us-west-1', 16),
  entry('ap-northeast-3', 17),
  entry('eu-south-1', 18),
  entry('ap-east-1', 19),
  entry('me-south-1', 20),
  entry('af-south-1', 21),
  entry('eu-central-2', 22),
  entry('me-central-1', 23),
  entry('eu-south-2', 24),
  entry('cn-north-1', 25, 3, 'aws-cn'),
  entry('cn-northwest-1', 26, 3, 'aws-cn'),
  entry('us-gov-west-1', 27, 3, 'aws-us-gov'),
  entry('us-gov-east-1', 28, 3, 'aws-us-gov'),
];

/** @throws InvalidInput that names the field and the Region. */
export function regionIn(catalogue: Catalogue, region: string, field: string): RegionEntry {
  const found = catalogue.find((r) => r.region === region);
  if (found === undefined) throw new InvalidInput(`${field}: '${region}' is not in the Region catalogue`);
  return found;
}
