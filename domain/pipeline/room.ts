import type { Box, CellReading, Version } from '../ports.ts';

/** "Each alias can have at most two versions" of its function (AWS Lambda, Developer Guide: weighted aliases). */
const MOST_VERSIONS = 2;

const nameOf = ({ version, checksum }: Version): string => `${version} ${checksum}`;

const distinct = (versions: readonly Version[]): number => new Set(versions.map(nameOf)).size;

/**
 * Boxes of the next batch as the alias has room for them. Where the version would be a third, one that leaves must leave whole: the smallest
 * group of boxes that no other share of the alias runs goes in one write, if it is no more than `most`. Empty when nothing has room.
 */
export function withRoom(cell: CellReading, desired: Version, boxes: readonly string[], most: number): readonly string[] {
  const { beside } = cell;
  if (beside === undefined || boxes.length === 0) return boxes;
  const fits = (taken: readonly string[]) =>
    distinct([desired, ...beside, ...cell.boxes.filter((b) => !taken.includes(b.id)).map((b) => b.version)]) <= MOST_VERSIONS;
  if (fits(boxes)) return boxes;
  const old = cell.boxes.filter((b) => nameOf(b.version) !== nameOf(desired));
  const groups = [...Map.groupBy(old, (b: Box) => nameOf(b.version)).values()]
    .map((group) => group.map((b) => b.id))
    .toSorted((a, b) => a.length - b.length);
  const whole = groups.find(fits);
  return whole !== undefined && whole.length <= most ? whole : [];
}
