import { InvalidInput } from '../errors.ts';

export type Partition = 'aws' | 'aws-cn' | 'aws-us-gov';

export interface RegionEntry {
  readonly region: string;
  readonly partition: Partition;
  readonly zones: readonly string[];
  /** IANA time zone of the people whom the Region serves, for its own local hours. */
  readonly timeZone: string;
  /** 1 gets the most requests. */
  readonly trafficRank: number;
}

export type Catalogue = readonly RegionEntry[];

const entry = (region: string, trafficRank: number, timeZone: string, zones = 3, partition: Partition = 'aws'): RegionEntry => ({
  region,
  partition,
  trafficRank,
  timeZone,
  zones: Array.from({ length: zones }, (_, i) => `${region}${'abcdef'[i]}`),
});

/** 24 commercial Regions with 76 zones, the article's size, and those of the other partitions. A new Region reaches every pipeline from here. */
export const CATALOGUE: Catalogue = [
  entry('us-east-1', 1, 'America/New_York', 6),
  entry('us-west-2', 2, 'America/Los_Angeles', 4),
  entry('eu-west-1', 3, 'Europe/Dublin'),
  entry('eu-central-1', 4, 'Europe/Berlin'),
  entry('ap-northeast-1', 5, 'Asia/Tokyo'),
  entry('ap-southeast-1', 6, 'Asia/Singapore'),
  entry('us-east-2', 7, 'America/New_York'),
  entry('ap-southeast-2', 8, 'Australia/Sydney'),
  entry('ap-south-1', 9, 'Asia/Kolkata'),
  entry('eu-west-2', 10, 'Europe/London'),
  entry('ca-central-1', 11, 'America/Toronto'),
  entry('sa-east-1', 12, 'America/Sao_Paulo'),
  entry('ap-northeast-2', 13, 'Asia/Seoul'),
  entry('eu-north-1', 14, 'Europe/Stockholm'),
  entry('eu-west-3', 15, 'Europe/Paris'),
  entry('us-west-1', 16, 'America/Los_Angeles'),
  entry('ap-northeast-3', 17, 'Asia/Tokyo'),
  entry('eu-south-1', 18, 'Europe/Rome'),
  entry('ap-east-1', 19, 'Asia/Hong_Kong'),
  entry('me-south-1', 20, 'Asia/Bahrain'),
  entry('af-south-1', 21, 'Africa/Johannesburg'),
  entry('eu-central-2', 22, 'Europe/Zurich'),
  entry('me-central-1', 23, 'Asia/Dubai'),
  entry('eu-south-2', 24, 'Europe/Madrid'),
  entry('cn-north-1', 25, 'Asia/Shanghai', 3, 'aws-cn'),
  entry('cn-northwest-1', 26, 'Asia/Shanghai', 3, 'aws-cn'),
  entry('us-gov-west-1', 27, 'America/Los_Angeles', 3, 'aws-us-gov'),
  entry('us-gov-east-1', 28, 'America/New_York', 3, 'aws-us-gov'),
];

/** @throws InvalidInput that names the field and the Region. */
export function regionIn(catalogue: Catalogue, region: string, field: string): RegionEntry {
  const found = catalogue.find((r) => r.region === region);
  if (found === undefined) throw new InvalidInput(`${field}: '${region}' is not in the Region catalogue`);
  return found;
}
