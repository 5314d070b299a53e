import type { Command } from '../../domain/commands.ts';
import { type Look, regionsToWatch, turnNeeded } from '../../domain/entry/entering.ts';
import { decideLine, evolveLine, initialLine, isTurnOver, type LineState } from '../../domain/entry/line.ts';
import { LONGEST_OVERRIDE_SECONDS } from '../../domain/entry/overriding.ts';
import { regionsOfStay } from '../../domain/entry/raised.ts';
import { hasEnded } from '../../domain/entry/slots.ts';
import { Refused } from '../../domain/errors.ts';
import { stepOf } from '../../domain/pipeline/route.ts';
import type { AlarmReading, CellReading, Instant, Revision } from '../../domain/ports.ts';
import { quarantinedIn, suspectsOf } from '../../domain/rollback/lineage.ts';
import { type Presence, presencesIn } from '../../domain/rollback/presence.ts';
import { initialState, type ReleaseState } from '../../domain/state.ts';
import { type Alarm, after, BASELINE, type Configuration, type Edge, instant, type Node, type Part, partsOf, TICK_MS } from './node.ts';
import { isCulpritIn, isCulpritUnpromoted } from './truth.ts';

function readings(node: Node, regions: readonly string[], since: Instant): readonly AlarmReading[] {
  return regions.map((region) => {
    const { isOn, changedAt, wentOff } = node.alarms[region] ?? NEVER;
    const state = isOn ? 'ALARM' : 'OK';
    const of = { name: 'High', metric: 'FaultRate', value: 9, threshold: 5, comparison: 'above' } as const;
    const wentOffSince = wentOff.filter((w) => w > since);
    const leaf = { ...of, state, optional: false, changedAt, wentOff: wentOffSince.map((at) => ({ at, value: 9 })) } as const;
    const history = wentOffSince.map((at) => ({ at, leaf: of }));
    return { arn: region, region, scope: 'aggregate', state, changedAt, leaves: [leaf], wentOff: history };
  });
}

const NEVER: Alarm = { isOn: false, changedAt: null, wentOff: [], isCulpritThere: false };

const elsewhere = (node: Node, service: string): readonly Presence[] =>
  Object.entries(node.services).flatMap(([name, state]) => (name === service ? [] : presencesIn(state)));

function arrivals(node: Node, { service, name, id, pipeline }: Part, config: Configuration): readonly Edge[] {
  const n = pipeline.lastRelease + 1;
  const wanted = config.pipelines.find((p) => `${p.compiled.definition.service}/${p.compiled.definition.pipeline}` === id)?.releases ?? 0;
  if (n > wanted) return [];
  const suspects = Object.values(pipeline.marks).map((m) => suspectsOf(pipeline, m));
  const fix = { removes: suspects.flatMap((s) => s.present), restores: suspects.flatMap((s) => s.absent) };
  const ahead = { removes: [`c${n - 1}`], restores: [] };
  const kinds = [
    { label: 'arrives', commit: { removes: [] as string[], restores: [] as string[] } },
    ...(suspects.length === 0 ? [] : [{ label: 'arrives with the fix', commit: fix }]),
    ...(config.fixesAhead && suspects.length === 0 && n > 1 ? [{ label: 'arrives and reverts the one before', commit: ahead }] : []),
  ];
  return kinds.map(({ label, commit }) => {
    const revision: Revision = { sha: `c${n}`, author: 'dev', at: instant(0), subject: '', fixesReleases: [], ...commit };
    const parent = n === 1 ? null : n - 1;
    const create: Command = { type: 'CreateRelease', pipeline: name, revision: `c${n}`, parent, revisions: [revision], after: n - 1 };
    const result = { status: 'succeeded', artifact: { checksum: `sum${n}`, bytes: 1 }, logUrl: '' } as const;
    return { label: `${id} ${n} ${label}`, ...after(node, service, [create, { type: 'RecordBuild', pipeline: name, release: n, result }]) };
  });
}

/** A look, and the team's turn taken if the release needs it and nobody who can still use it has it. */
function look(node: Node, { service, pipeline }: Part, release: ReleaseState): { look: Look; line: LineState } {
  const lookedAt = instant(node.now + TICK_MS - 2);
  const turn = turnNeeded(pipeline, release, lookedAt);
  const taken = node.line.turn;
  const over = taken !== null && isTurnOver(taken, node.services[taken.service] ?? initialState) ? taken : null;
  const line = turn === null ? node.line : decideLine({ type: 'TakeTurn', turn, over }, node.line).reduce(evolveLine, node.line);
  const alarms = readings(node, regionsToWatch(pipeline, release), release.stay?.lookedAt ?? lookedAt);
  return { look: { lookedAt, alarms, lines: { team: line, everything: initialLine }, elsewhere: elsewhere(node, service) }, line };
}

/** Whoever took the turn and did not get in gives it back. What else ends a turn is left to whoever wants it next, as after a crash. */
function entered(node: Node, part: Part, release: number, looked: Look, over: Partial<Node>) {
  const { service, name } = part;
  const edge = after(node, service, [{ type: 'EnterStep', pipeline: name, release, look: looked }], over);
  const isIn = edge.events.some((e) => e.type === 'StepEntered');
  const tookIt = turnNeeded(part.pipeline, part.pipeline.releases[release] as ReleaseState, looked.lookedAt) !== null;
  const back = isIn || !tookIt ? [] : decideLine({ type: 'GiveTurnBack', service, pipeline: name, release }, edge.node.line);
  return { ...edge, node: { ...edge.node, line: back.reduce(evolveLine, edge.node.line) } };
}

function entries(node: Node, part: Part, release: ReleaseState, config: Configuration): readonly Edge[] {
  if (release.status !== 'waiting') return [];
  const n = release.number;
  const key = `${part.id} ${n}`;
  const taken = node.looks[key];
  const without = Object.fromEntries(Object.entries(node.looks).filter(([k]) => k !== key));
  if (taken !== undefined) return [{ label: `${key} decides on its look`, ...entered(node, part, n, taken, { looks: without }) }];
  const fresh = look(node, part, release);
  const apart = after(node, part.service, [], { looks: { ...node.looks, [key]: fresh.look }, line: fresh.line });
  return [
    ...(config.looksApart ? [{ label: `${key} looks`, ...apart }] : []),
    { label: `${key} looks and enters`, ...entered(node, part, n, fresh.look, { line: fresh.line }) },
  ];
}

/** A person lets the release enter against the alarms that are on now, for longer than anything here takes. */
function overrides(node: Node, part: Part, release: ReleaseState): readonly Edge[] {
  if (release.status !== 'waiting' || node.budget.overrides === 0) return [];
  const { look: looked } = look(node, part, release);
  if (looked.alarms.every((a) => a.state !== 'ALARM')) return [];
  const until = new Date(Date.parse(looked.lookedAt) + LONGEST_OVERRIDE_SECONDS * 1000).toISOString();
  const command = {
    type: 'OverrideBlocker',
    pipeline: part.name,
    release: release.number,
    kind: 'alarm',
    region: null,
    person: 'someone',
    reason: 'it mends it',
    until,
    look: looked,
  } as const;
  const budget = { ...node.budget, overrides: node.budget.overrides - 1 };
  return [
    { label: `a person overrides the alarm before ${part.id} ${release.number}`, ...after(node, part.service, [command], { budget }) },
  ];
}

function deployments(node: Node, { service, name, id, pipeline, state }: Part, release: ReleaseState): readonly Edge[] {
  if (release.status !== 'deploying') return [];
  const n = release.number;
  const cells = stepOf(pipeline, release)?.cells.filter((c) => !release.deployed.includes(c.id)) ?? [];
  // While one goes back in a Region, nothing of the service goes forward there.
  const goesBack = new Set(
    Object.values(state.pipelines).flatMap((p) => Object.entries(p.cells).flatMap(([c, { back }]) => (back ? c.split('/')[0] : []))),
  );
  return cells
    .filter((c) => !goesBack.has(c.region))
    .flatMap(({ id: cell }) => {
      const epoch = pipeline.cells[cell]?.epoch ?? 0;
      const boxes = [{ id: 'b', version: pipeline.cells[cell]?.current ?? BASELINE, health: 'healthy' as const, epoch: 0 }];
      const reading: CellReading = { cell, size: 1, epoch, boxes };
      const on = { pipeline: name, release: n, cell, epoch };
      const begin: Command = { type: 'StartDeployment', ...on, reading, to: { release: n, version: `v${n}`, checksum: `sum${n}` } };
      const good = after(node, service, [begin, { type: 'SucceedDeployment', ...on }, { type: 'StartBake', pipeline: name, release: n }]);
      const failed = after(node, service, [begin, { type: 'FailDeployment', ...on, text: 'sick', fault: 'release' }], {
        budget: { ...node.budget, failures: node.budget.failures - 1 },
      });
      return [
        { label: `${id} ${n} is deployed on ${cell}`, ...good },
        ...(node.budget.failures > 0 ? [{ label: `${id} ${n} fails on ${cell}`, ...failed }] : []),
      ];
    });
}

function bakes(node: Node, { service, name, id }: Part, release: ReleaseState): readonly Edge[] {
  if (release.bake === null || release.stay === null) return [];
  const lookedAt = instant(node.now + TICK_MS - 1);
  const alarms = readings(node, regionsOfStay(release), release.stay.lookedAt);
  const command = {
    type: 'EvaluateBake',
    pipeline: name,
    release: release.number,
    look: { lookedAt, alarms, counts: {}, served: [], elsewhere: elsewhere(node, service) },
  } as const;
  return [{ label: `${id} ${release.number} looks at its bake`, ...after(node, service, [command]) }];
}

function waysBack(node: Node, { service, name, id, pipeline }: Part): readonly Edge[] {
  const { budget } = node;
  const going = Object.entries(pipeline.cells).filter(([, c]) => c.back !== null && !c.back.failed);
  const back = going.flatMap(([cell, c]) => {
    const on = { pipeline: name, release: c.back?.owner ?? 0, cell, epoch: c.epoch };
    const over = { budget: { ...budget, failuresBack: budget.failuresBack - 1 } };
    const failed = after(node, service, [{ type: 'FailCellBack', ...on, text: 'no answer' }], over);
    return [
      { label: `${id} ${cell} goes back`, ...after(node, service, [{ type: 'RecordCellBack', ...on }]) },
      ...(budget.failuresBack > 0 ? [{ label: `${id} ${cell} cannot go back`, ...failed }] : []),
    ];
  });
  const ended = Object.values(pipeline.releases).filter((r) => r.status === 'goingBack' && r.pending.length === 0);
  const finish = (release: number) => after(node, service, [{ type: 'FinishRollback', pipeline: name, release }]);
  return [...back, ...ended.map((r) => ({ label: `${id} ${r.number} has gone back`, ...finish(r.number) }))];
}

const people = (node: Node, part: Part, config: Configuration): readonly Edge[] => [
  ...holds(node, part),
  ...takenBack(node, part, config),
  ...lifts(node, part),
];

/** Every release that it makes sense for, wherever the configuration says. */
function takenBack(node: Node, { service, name, id, pipeline }: Part, { where = [] }: Configuration): readonly Edge[] {
  const budget = { ...node.budget, takenBack: node.budget.takenBack - 1 };
  if (budget.takenBack < 0) return [];
  const asked = Object.values(pipeline.releases).flatMap((r) => where.map((place) => ({ release: r.number, place })));
  return asked.flatMap(({ release, place }) => {
    const command: Command = { type: 'RollBack', pipeline: name, release, where: place, by: 'someone', reason: 'bad' };
    const over = { budget, ...(place.kind === 'region' && { hasNarrowed: true }) };
    try {
      return [
        { label: `a person takes ${id} ${release} back, ${Object.values(place).join(' ')}`, ...after(node, service, [command], over) },
      ];
    } catch (error) {
      if (error instanceof Refused) return [];
      throw error;
    }
  });
}

function lifts(node: Node, { service, name, id, pipeline }: Part): readonly Edge[] {
  const budget = { ...node.budget, lifts: node.budget.lifts - 1 };
  if (budget.lifts < 0) return [];
  return Object.keys(pipeline.marks).map((n) => {
    const command: Command = { type: 'LiftQuarantine', pipeline: name, release: Number(n), by: 'someone', reason: 'good' };
    return { label: `a person lifts the quarantine of ${id} ${n}`, ...after(node, service, [command], { budget }) };
  });
}

function holds(node: Node, { service, name, id, pipeline }: Part): readonly Edge[] {
  const { budget } = node;
  const resume = () => after(node, service, [{ type: 'ResumePipeline', pipeline: name, by: 'someone', reason: 'mended', back: [] }]);
  const expedites = expediting(node, { service, name, id, pipeline });
  if (pipeline.held !== null) return [{ label: `a person resumes ${id}`, ...resume() }, ...expedites];
  if (budget.holds === 0) return expedites;
  const hold: Command = { type: 'HoldPipeline', pipeline: name, reason: 'careful', heldBy: 'someone' };
  return [
    { label: `a person holds ${id}`, ...after(node, service, [hold], { budget: { ...budget, holds: budget.holds - 1 } }) },
    ...expedites,
  ];
}

const FOR_EVER = '2100-01-01T00:00:00.000Z';

/** Two principals expedite a release that may be, or end it. */
function expediting(node: Node, { service, name, id, pipeline }: Omit<Part, 'state'>): readonly Edge[] {
  const { budget } = node;
  const { expedited } = pipeline;
  if (expedited !== null) {
    const end = { type: 'EndExpedite', pipeline: name, release: expedited.release, endedBy: 'ada', reason: 'it is over' } as const;
    return [{ label: `a person ends the expediting of ${id} ${expedited.release}`, ...after(node, service, [end]) }];
  }
  if (budget.expedites === 0) return [];
  const over = { budget: { ...budget, expedites: budget.expedites - 1 } };
  return Object.values(pipeline.releases)
    .filter((r) => !hasEnded(r) && r.status !== 'goingBack' && quarantinedIn(pipeline, r.number).length === 0)
    .map(({ number: release }) => {
      const of = { pipeline: name, release };
      const request = { type: 'RequestExpedite', ...of, factor: 0.5, reason: 'an outage', until: FOR_EVER, requestedBy: 'ada' } as const;
      const approve = { type: 'ApproveExpedite', ...of, approvedBy: 'grace' } as const;
      return { label: `${id} ${release} is expedited`, ...after(node, service, [request, approve], over) };
    });
}

/** An alarm clears, or goes off and its event is on its way to each service of the team. */
function changes(node: Node, region: string, config: Configuration): readonly Edge[] {
  const changedAt = instant(node.now + TICK_MS);
  const alarm = node.alarms[region] ?? NEVER;
  const set = (to: Alarm, over: Partial<Node> = {}) =>
    after(node, Object.keys(node.services)[0] ?? '', [], { alarms: { ...node.alarms, [region]: to }, ...over });
  if (alarm.isOn) return [{ label: `the alarm of ${region} clears`, ...set({ ...alarm, isOn: false, changedAt }) }];
  if (node.budget.alarms === 0 || !isCulpritIn(node, region, config)) return [];
  const messages = [...node.messages, ...Object.keys(node.services).map((service) => ({ service, region, changedAt }))];
  const over = { messages, budget: { ...node.budget, alarms: node.budget.alarms - 1 } };
  return [
    {
      label: `the alarm of ${region} goes off`,
      ...set(
        { isOn: true, changedAt, wentOff: [...alarm.wentOff, changedAt], isCulpritThere: isCulpritUnpromoted(node, region, config) },
        over,
      ),
    },
  ];
}

function heard(node: Node): readonly Edge[] {
  return node.messages.map(({ service, region, changedAt }, i): Edge => {
    const raise: Command = {
      type: 'RaiseAlarm',
      arn: region,
      region,
      changedAt,
      measured: null,
      elsewhere: elsewhere(node, service),
    };
    const over = { messages: node.messages.filter((_, j) => j !== i) };
    return { label: `${service} hears of the alarm of ${region}`, ...after(node, service, [raise], over) };
  });
}

export function edgesOf(node: Node, config: Configuration): readonly Edge[] {
  const definitions = config.pipelines.map((p) => p.compiled.definition);
  const regions = new Set(definitions.flatMap((d) => d.stages.flatMap((s) => s.regions.map((r) => r.region))));
  const ofParts = partsOf(node).flatMap((part) => [
    ...arrivals(node, part, config),
    ...Object.values(part.pipeline.releases).flatMap((r) => [
      ...entries(node, part, r, config),
      ...overrides(node, part, r),
      ...deployments(node, part, r),
      ...bakes(node, part, r),
    ]),
    ...waysBack(node, part),
    ...people(node, part, config),
  ]);
  return [...ofParts, ...[...regions].flatMap((region) => changes(node, region, config)), ...heard(node)];
}
