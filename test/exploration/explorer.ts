import type { Command } from '../../domain/commands.ts';
import type { compile } from '../../domain/compile.ts';
import { decide } from '../../domain/decide.ts';
import { regionsToWatch } from '../../domain/entering.ts';
import type { Event } from '../../domain/events.ts';
import { evolve } from '../../domain/evolve.ts';
import { suspectsOf } from '../../domain/lineage.ts';
import type { AlarmReading, CellReading, Instant, Revision, Version } from '../../domain/ports.ts';
import { stepOf } from '../../domain/route.ts';
import { isInside } from '../../domain/slots.ts';
import { initialState, type PipelineState, type ReleaseState, type ServiceState } from '../../domain/state.ts';
import { brokenAt, brokenAtEnd, brokenBy } from './invariants.ts';

/** What may still go wrong. */
export interface Budget {
  readonly alarms: number;
  readonly failures: number;
  readonly failuresBack: number;
  readonly holds: number;
}

export interface Configuration {
  readonly name: string;
  readonly pipeline: ReturnType<typeof compile>;
  readonly releases: number;
  readonly budget: Budget;
  /** Whether a look and the decision on it may lie apart. */
  readonly looksApart?: boolean;
}

interface Alarm {
  readonly isOn: boolean;
  readonly changedAt: Instant | null;
  readonly wentOff: readonly Instant[];
}

/** The log's state and the world around it. */
export interface Node {
  readonly state: ServiceState;
  readonly alarms: Readonly<Record<string, Alarm>>;
  /** Alarm events that are under way. */
  readonly messages: readonly { readonly region: string; readonly changedAt: Instant }[];
  /** Looks that were taken and not decided on yet, by release. */
  readonly looks: Readonly<Record<number, { lookedAt: Instant; alarms: readonly AlarmReading[] }>>;
  readonly budget: Budget;
  readonly now: number;
}

export interface Edge {
  readonly label: string;
  readonly node: Node;
  readonly events: readonly Event[];
}

export interface Exploration {
  readonly states: number;
  readonly transitions: number;
  readonly ends: number;
  /** The first trace to each broken invariant. */
  readonly broken: ReadonlyMap<string, readonly string[]>;
  readonly isComplete: boolean;
}

export const NAME = 'application';
const BASELINE: Version = { release: 0, version: 'v0', checksum: '0' };
/** Longer than any settling: only the order of things matters, so the space is finite. */
const TICK_MS = 3_600_000;

const instant = (ms: number): Instant => new Date(ms).toISOString();
export const pipelineIn = (node: Node): PipelineState => node.state.pipelines[NAME] as PipelineState;

function start({ pipeline, budget }: Configuration): Node {
  const { definition, hash } = pipeline;
  const events = decide({ type: 'DefinePipeline', pipeline: NAME, hash, definition, baseline: null }, initialState, instant(0));
  return { state: events.reduce(evolve, initialState), alarms: {}, messages: [], looks: {}, budget, now: 0 };
}

function after(node: Node, commands: readonly Command[], over: Partial<Node> = {}): { node: Node; events: readonly Event[] } {
  const now = node.now + TICK_MS;
  let { state } = node;
  const all: Event[] = [];
  for (const command of commands) {
    const events = decide(command, state, instant(now));
    state = events.reduce(evolve, state);
    all.push(...events);
  }
  return { node: { ...node, ...over, state, now }, events: all };
}

function readings(node: Node, regions: readonly string[], since: Instant): readonly AlarmReading[] {
  return regions.map((region) => {
    const { isOn, changedAt, wentOff } = node.alarms[region] ?? { isOn: false, changedAt: null, wentOff: [] };
    const state = isOn ? 'ALARM' : 'OK';
    const leaf = { name: 'High', state, optional: false, metric: 'FaultRate', value: 9, threshold: 5, comparison: 'above' } as const;
    return {
      arn: region,
      region,
      scope: 'aggregate',
      state,
      changedAt,
      leaves: [leaf],
      wentOff: wentOff.filter((w) => w > since).map((at) => ({ at, leaf })),
    };
  });
}

function arrivals(node: Node, config: Configuration): readonly Edge[] {
  const pipeline = pipelineIn(node);
  const n = pipeline.lastRelease + 1;
  if (n > config.releases) return [];
  const suspects = Object.values(pipeline.marks).map((m) => suspectsOf(pipeline, m));
  const fix = { removes: suspects.flatMap((s) => s.present), restores: suspects.flatMap((s) => s.absent) };
  const plain = { removes: [], restores: [] };
  const kinds =
    suspects.length === 0
      ? [{ label: 'arrives', commits: [plain] }]
      : [
          { label: 'arrives', commits: [plain] },
          { label: 'arrives with the fix', commits: [fix] },
        ];
  return kinds.map(({ label, commits }) => {
    const revisions = commits.map((c): Revision => ({ sha: `c${n}`, author: 'dev', at: instant(0), subject: '', fixesReleases: [], ...c }));
    const create: Command = {
      type: 'CreateRelease',
      pipeline: NAME,
      revision: `c${n}`,
      parent: n === 1 ? null : n - 1,
      revisions,
      after: n - 1,
    };
    const result = { status: 'succeeded', artifact: { checksum: `sum${n}`, bytes: 1 }, logUrl: '' } as const;
    return { label: `${n} ${label}`, ...after(node, [create, { type: 'RecordBuild', pipeline: NAME, release: n, result }]) };
  });
}

function entries(node: Node, release: ReleaseState, config: Configuration): readonly Edge[] {
  if (release.status !== 'waiting') return [];
  const n = release.number;
  const lookedAt = instant(node.now + TICK_MS - 2);
  const fresh = { lookedAt, alarms: readings(node, regionsToWatch(pipelineIn(node), release), release.stay?.lookedAt ?? lookedAt) };
  const enter = (look: typeof fresh): Command => ({ type: 'EnterStep', pipeline: NAME, release: n, look });
  const taken = node.looks[n];
  const without = Object.fromEntries(Object.entries(node.looks).filter(([k]) => Number(k) !== n));
  if (taken !== undefined) return [{ label: `${n} decides on its look`, ...after(node, [enter(taken)], { looks: without }) }];
  const apart = config.looksApart ? [{ label: `${n} looks`, ...after(node, [], { looks: { ...node.looks, [n]: fresh } }) }] : [];
  return [...apart, { label: `${n} looks and enters`, ...after(node, [enter(fresh)]) }];
}

function deployments(node: Node, release: ReleaseState): readonly Edge[] {
  if (release.status !== 'deploying') return [];
  const pipeline = pipelineIn(node);
  const n = release.number;
  const cells = stepOf(pipeline, release)?.cells.filter((c) => !release.deployed.includes(c.id)) ?? [];
  return cells.flatMap(({ id: cell }) => {
    const epoch = pipeline.cells[cell]?.epoch ?? 0;
    const boxes = [{ id: 'b', version: pipeline.cells[cell]?.current ?? BASELINE, health: 'healthy' as const, epoch: 0 }];
    const reading: CellReading = { cell, size: 1, epoch, boxes };
    const on = { pipeline: NAME, release: n, cell, epoch };
    const begin: Command = { type: 'StartDeployment', ...on, reading, to: { release: n, version: `v${n}`, checksum: `sum${n}` } };
    const good = after(node, [begin, { type: 'SucceedDeployment', ...on }, { type: 'StartBake', pipeline: NAME, release: n }]);
    const failed = after(node, [begin, { type: 'FailDeployment', ...on, text: 'sick' }], {
      budget: { ...node.budget, failures: node.budget.failures - 1 },
    });
    return [
      { label: `${n} is deployed on ${cell}`, ...good },
      ...(node.budget.failures > 0 ? [{ label: `${n} fails on ${cell}`, ...failed }] : []),
    ];
  });
}

function bakes(node: Node, release: ReleaseState): readonly Edge[] {
  if (release.bake === null || release.stay === null) return [];
  const lookedAt = instant(node.now + TICK_MS - 1);
  const look = { lookedAt, alarms: readings(node, release.stay.regions, release.stay.lookedAt), counts: {} };
  return [
    {
      label: `${release.number} looks at its bake`,
      ...after(node, [{ type: 'EvaluateBake', pipeline: NAME, release: release.number, look }]),
    },
  ];
}

function waysBack(node: Node): readonly Edge[] {
  const { budget } = node;
  const going = Object.entries(pipelineIn(node).cells).filter(([, c]) => c.back !== null && !c.back.failed);
  const finish = (n: number): Command => ({ type: 'FinishRollback', pipeline: NAME, release: n });
  const back = going.flatMap(([cell, c]) => {
    const on = { pipeline: NAME, release: c.back?.owner ?? 0, cell, epoch: c.epoch };
    const failed = after(node, [{ type: 'FailCellBack', ...on, text: 'no answer' }], {
      budget: { ...budget, failuresBack: budget.failuresBack - 1 },
    });
    return [
      { label: `${cell} goes back`, ...after(node, [{ type: 'RecordCellBack', ...on }]) },
      ...(budget.failuresBack > 0 ? [{ label: `${cell} cannot go back`, ...failed }] : []),
    ];
  });
  const ended = Object.values(pipelineIn(node).releases).filter((r) => r.status === 'goingBack' && r.pending.length === 0);
  return [...back, ...ended.map((r) => ({ label: `${r.number} has gone back`, ...after(node, [finish(r.number)]) }))];
}

function people({ ...node }: Node): readonly Edge[] {
  const { budget } = node;
  if (pipelineIn(node).held !== null) return [{ label: 'a person resumes', ...after(node, [{ type: 'ResumePipeline', pipeline: NAME }]) }];
  const hold: Command = { type: 'HoldPipeline', pipeline: NAME, reason: 'careful', heldBy: 'someone' };
  return budget.holds > 0 ? [{ label: 'a person holds', ...after(node, [hold], { budget: { ...budget, holds: budget.holds - 1 } }) }] : [];
}

function alarms(node: Node, config: Configuration): readonly Edge[] {
  const regions = config.pipeline.definition.stages.flatMap((s) => s.regions.map((r) => r.region));
  const changedAt = instant(node.now + TICK_MS);
  const changes = regions.flatMap((region): Edge[] => {
    const alarm = node.alarms[region] ?? { isOn: false, changedAt: null, wentOff: [] };
    if (alarm.isOn)
      return [
        {
          label: `the alarm of ${region} clears`,
          ...after(node, [], { alarms: { ...node.alarms, [region]: { ...alarm, isOn: false, changedAt } } }),
        },
      ];
    if (node.budget.alarms === 0) return [];
    const on: Alarm = { isOn: true, changedAt, wentOff: [...alarm.wentOff, changedAt] };
    const over = {
      alarms: { ...node.alarms, [region]: on },
      messages: [...node.messages, { region, changedAt }],
      budget: { ...node.budget, alarms: node.budget.alarms - 1 },
    };
    return [{ label: `the alarm of ${region} goes off`, ...after(node, [], over) }];
  });
  const heard = node.messages.map((message, i): Edge => {
    const raise: Command = { type: 'RaiseAlarm', arn: message.region, measured: null, ...message };
    return {
      label: `the event of ${message.region} arrives`,
      ...after(node, [raise], { messages: node.messages.filter((_, j) => j !== i) }),
    };
  });
  return [...changes, ...heard];
}

export function edgesOf(node: Node, config: Configuration): readonly Edge[] {
  const releases = Object.values(pipelineIn(node).releases);
  return [
    ...arrivals(node, config),
    ...releases.flatMap((r) => [...entries(node, r, config), ...deployments(node, r), ...bakes(node, r)]),
    ...waysBack(node),
    ...alarms(node, config),
    ...people(node),
  ];
}

const IRRELEVANT = new Set(['startedAt', 'endsAt', 'batchAt', 'notBefore', 'at', 'definitions', 'definition', 'policy', 'blockers', 'now']);

/** Two nodes are the same when they differ only in how much time lies between things that happened in the same order. */
function keyOf(node: Node): string {
  const text = JSON.stringify(node, (key, value: unknown) =>
    IRRELEVANT.has(key) && typeof value !== 'number' ? undefined : key === 'now' ? undefined : value,
  );
  const times = [...new Set(text.match(/\d{4}-\d\d-\d\dT[\d:.]+Z/g) ?? [])].toSorted();
  const ranks = new Map(times.map((t, i) => [t, `#${i}`]));
  return text.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, (t) => ranks.get(t) ?? t);
}

/** What nobody who is inside could still count is forgotten, so that old alarms do not tell states apart. */
function pruned(node: Node): Node {
  const looks = Object.values(pipelineIn(node).releases)
    .filter(isInside)
    .map((r) => r.stay?.lookedAt ?? '');
  const oldest = [...looks, ...Object.values(node.looks).map((l) => l.lookedAt)].toSorted()[0];
  const alarms = Object.fromEntries(
    Object.entries(node.alarms).map(([r, a]) => [r, { ...a, wentOff: a.wentOff.filter((w) => oldest !== undefined && w > oldest) }]),
  );
  return { ...node, alarms };
}

/** Breadth first, so that every trace is a shortest one. */
export function explore(config: Configuration, limit = 2_000_000): Exploration {
  const first = start(config);
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
      let isEnd = true;
      for (const edge of edgesOf(node, config)) {
        transitions++;
        const path = [...trace, edge.label];
        const to = pruned(edge.node);
        report(brokenBy(node, edge), path);
        const key = keyOf(to);
        if (key === keyOf(node)) continue;
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
