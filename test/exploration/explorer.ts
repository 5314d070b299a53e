import { isInside } from '../../domain/entry/slots.ts';
import { edgesOf } from './edges.ts';
import { brokenAt, brokenAtEnd, brokenBy } from './invariants.ts';
import { type Configuration, firstNode, type Node, partsOf } from './node.ts';

export interface Exploration {
  readonly states: number;
  readonly transitions: number;
  readonly ends: number;
  /** The first trace to each broken invariant. */
  readonly broken: ReadonlyMap<string, readonly string[]>;
  readonly isComplete: boolean;
}

const IRRELEVANT = new Set([
  'startedAt',
  'endsAt',
  'batchAt',
  'notBefore',
  'at',
  'definitions',
  'definition',
  'policy',
  'blockers',
  'now',
  'commands',
  'waveEntries',
]);

/** Only other pipelines ask for it. */
const OF_OTHERS = new Set(['changedIn', 'pastStays']);

/** Two nodes are the same when they differ only in times that no decision tells apart: it compares them with those of alarms alone. */
function keyOf(node: Node): string {
  const isAlone = partsOf(node).length === 1;
  const text = JSON.stringify(node, (key, value: unknown) =>
    key === 'now' || (IRRELEVANT.has(key) && typeof value !== 'number') || (isAlone && OF_OTHERS.has(key)) ? undefined : value,
  );
  const heardOf = Object.values(node.services).flatMap((s) => Object.values(s.alarms).map((a) => a.changedAt));
  const gone = Object.values(node.alarms).flatMap((a) => [...a.wentOff, ...(a.changedAt === null ? [] : [a.changedAt])]);
  const alarms = [...new Set([...heardOf, ...gone, ...node.messages.map((m) => m.changedAt)])].toSorted();
  return text.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, (t) => `${alarms.filter((a) => a < t).length}${alarms.includes(t) ? '=' : ''}`);
}

/** What nobody who is inside could still count is forgotten, so that old alarms do not tell states apart. */
function pruned(node: Node): Node {
  const looks = partsOf(node)
    .flatMap((p) => Object.values(p.pipeline.releases))
    .filter(isInside)
    .map((r) => r.stay?.lookedAt ?? '');
  const oldest = [...looks, ...Object.values(node.looks).map((l) => l.lookedAt)].toSorted()[0];
  const alarms = Object.fromEntries(
    Object.entries(node.alarms).map(([r, a]) => [r, { ...a, wentOff: a.wentOff.filter((w) => oldest !== undefined && w > oldest) }]),
  );
  return withoutOldStays({ ...node, alarms });
}

/** A stay that ended before any alarm that may still be decided on tells nobody anything. */
function withoutOldStays(node: Node): Node {
  const alarms = [
    ...node.messages.map((m) => m.changedAt),
    ...Object.values(node.alarms).flatMap((a) => [...a.wentOff, ...(a.isOn && a.changedAt ? [a.changedAt] : [])]),
  ];
  const oldest = alarms.toSorted()[0];
  const services = Object.fromEntries(
    Object.entries(node.services).map(([name, state]) => {
      const pipelines = Object.entries(state.pipelines).map(([id, p]) => {
        const pastStays = p.pastStays.filter((s) => oldest !== undefined && s.endedAt >= oldest);
        return [id, { ...p, pastStays }] as const;
      });
      return [name, { ...state, pipelines: Object.fromEntries(pipelines) }];
    }),
  );
  return { ...node, services };
}

/** Breadth first, so that every trace is a shortest one. */
export function explore(config: Configuration, limit = 2_000_000): Exploration {
  const first = firstNode(config);
  const seen = new Set([keyOf(first)]);
  const broken = new Map<string, readonly string[]>();
  let frontier: { node: Node; trace: readonly string[] }[] = [{ node: first, trace: [] }];
  let transitions = 0;
  let ends = 0;
  const report = (faults: readonly string[], trace: readonly string[]) => {
    for (const fault of faults) if (!broken.has(fault)) broken.set(fault, trace);
  };
  while (frontier.length > 0 && seen.size < limit) {
    const next: typeof frontier = [];
    for (const { node, trace } of frontier) {
      const own = keyOf(node);
      let isEnd = true;
      for (const edge of edgesOf(node, config)) {
        transitions++;
        const path = [...trace, edge.label];
        const to = pruned(edge.node);
        report(brokenBy(node, edge, config), path);
        const key = keyOf(to);
        if (key === own) continue;
        isEnd = false;
        if (seen.has(key)) continue;
        seen.add(key);
        report(brokenAt(to), path);
        next.push({ node: to, trace: path });
      }
      if (isEnd) {
        ends++;
        report(brokenAtEnd(node), trace);
      }
    }
    frontier = next;
  }
  return { states: seen.size, transitions, ends, broken, isComplete: frontier.length === 0 };
}
