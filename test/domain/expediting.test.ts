import { describe, expect, it } from 'vitest';
import { bakeEndOf } from '../../domain/bake/baking.ts';
import { factorFor, isExpedited, mayTakeOver } from '../../domain/entry/expediting.ts';
import { slotsHeldBy } from '../../domain/entry/slots.ts';
import { compile } from '../../domain/pipeline/compile.ts';
import { ArticlePipeline } from './article-pipeline.ts';
import { pipelineOf, Story } from './story.ts';

const R1 = 'eu-west-1';
const R2 = 'us-east-1';
const BOX = `${R1}/one-box`;
const A = `${R1}/A`;
const B = `${R1}/B`;
const LATER = '2026-11-30T00:00:00.000Z';
const NAME = 'application';

const told = (regions: readonly (readonly string[])[] = [[R1]]) => new Story(pipelineOf(regions, ['A', 'B']));

const request = (s: Story, release: number, over: Partial<{ factor: number; reason: string; until: string; requestedBy: string }> = {}) =>
  s.do({
    type: 'RequestExpedite',
    pipeline: NAME,
    release,
    factor: 0.1,
    reason: 'an outage',
    until: LATER,
    requestedBy: 'oncall',
    ...over,
  });
const approve = (s: Story, release: number, approvedBy: string) => s.do({ type: 'ApproveExpedite', pipeline: NAME, release, approvedBy });
function expedite(s: Story, release: number, until = LATER): Story {
  request(s, release, { until });
  approve(s, release, 'ada');
  approve(s, release, 'grace');
  return s;
}
const ends = (s: Story) => s.events.flatMap((e) => (e.type === 'ExpediteEnded' ? e.because.kind : []));
/** Its first step is in the body of the wave, on cell A. */
const inBody = (s: Story, n: number) => s.arrives(n).goesThrough(n).enters(n).deploys(n).bakes(n);

describe('expediting', () => {
  it('takes as many approvals as the definition demands, each by another principal who wrote none of it', () => {
    const s = told().arrives(1, { author: 'joan' });
    request(s, 1);
    expect(() => approve(s, 1, 'joan')).toThrow("approvedBy: 'joan'; expected nobody who wrote a commit of release 1");
    expect(() => approve(s, 1, 'mallory')).toThrow("approvedBy: 'mallory'; expected one of ada, grace, joan");
    approve(s, 1, 'ada');
    expect(approve(s, 1, 'ada')).toEqual([]);
    expect(s.pipeline.expedited).toBeNull();
    expect(approve(s, 1, 'grace').at(-1)).toMatchObject({ type: 'ReleaseExpedited', approvedBy: ['ada', 'grace'], factor: 0.1 });
  });

  it('counts the request of a principal as an approval', () => {
    const s = told().arrives(1);
    request(s, 1, { requestedBy: 'ada' });
    approve(s, 1, 'grace');
    expect(s.pipeline.expedited).toMatchObject({ release: 1 });
  });

  it.each([
    [{ factor: 0.04 }, 'factor: 0.04; expected 0.05 to 1'],
    [{ factor: Number.NaN }, 'factor: NaN; expected 0.05 to 1'],
    [{ reason: ' ' }, "reason: ' '; expected why it cannot wait"],
    [{ until: '2026-11-02T00:00:00.000Z' }, 'until: 2026-11-02T00:00:00.000Z; expected an instant after'],
  ])('is refused with %j', (over, message) => {
    expect(() => request(told().arrives(1), 1, over)).toThrow(message);
  });

  it('is refused for a quarantined release, for one that has ended, and while another is expedited', () => {
    const s = told().arrives(1).enters(1);
    s.failsOn(1, BOX).goesBack();
    s.arrives(2);
    expect(() => request(s, 1)).toThrow('release: 1; expected one that is on its way, and it is rolledBack');
    expect(() => request(s, 2)).toThrow('release: 2; expected one without quarantined release 1');
    const t = expedite(told().arrives(1), 1).arrives(2);
    expect(() => request(t, 2)).toThrow('release: 2; expected none while release 1 is expedited');
  });

  it('is refused where the definition names nobody who may approve it', () => {
    const s = new Story(
      compile(
        class extends ArticlePipeline {
          override windows = null;
        },
      ),
    ).arrives(1);
    expect(() => request(s, 1)).toThrow('expediting: null; expected a definition that names who may approve it');
  });

  it('is asked for and granted with all that it is for, and when it ends by a person says who and why', () => {
    const s = told().arrives(1);
    const of = { pipeline: NAME, release: 1 };
    const what = { factor: 0.1, reason: 'an outage', until: LATER };
    expect(request(s, 1)).toEqual([{ type: 'ExpediteRequested', ...of, ...what, requestedBy: 'oncall' }]);
    expect(approve(s, 1, 'ada')).toEqual([{ type: 'ExpediteApproved', ...of, approvedBy: 'ada' }]);
    expect(approve(s, 1, 'grace')).toEqual([
      { type: 'ExpediteApproved', ...of, approvedBy: 'grace' },
      { type: 'ReleaseExpedited', ...of, ...what, approvedBy: ['ada', 'grace'] },
    ]);
    const end = { type: 'EndExpedite', ...of, endedBy: 'ada', reason: 'it is over' } as const;
    expect(s.do({ ...end, release: 2 })).toEqual([]);
    expect(s.arrives(2).do({ ...end, release: 2 })).toEqual([]);
    expect(s.do(end)).toEqual([{ type: 'ExpediteEnded', ...of, because: { kind: 'person', by: 'ada', reason: 'it is over' } }]);
    expect(s.do(end)).toEqual([]);
  });

  it('is asked for once: the same again decides nothing, before the approvals and after, and anything else is another', () => {
    const s = told().arrives(1);
    request(s, 1);
    expect(request(s, 1)).toEqual([]);
    approve(s, 1, 'ada');
    expect(request(s, 1, { factor: 0.2 })).toHaveLength(1);
    expect(s.pipeline.expediteRequest).toMatchObject({ factor: 0.2, approvedBy: [] });
    expect(request(s, 1, { factor: 0.2, reason: 'a flood' })).toHaveLength(1);
    expect(request(s, 1, { factor: 0.2, reason: 'a flood', until: '2026-11-29T00:00:00.000Z' })).toHaveLength(1);
    expect(request(s.arrives(2), 2, { factor: 0.2, reason: 'a flood', until: '2026-11-29T00:00:00.000Z' })).toHaveLength(1);
    const t = expedite(told().arrives(1), 1);
    expect(request(t, 1)).toEqual([]);
    expect(approve(t, 1, 'joan')).toEqual([]);
  });

  it('is approved only while it is asked for', () => {
    const s = told().arrives(1).arrives(2);
    const message = 'release: 1; expected one that somebody has asked to expedite';
    expect(() => approve(s, 1, 'ada')).toThrow(message);
    request(s, 2);
    expect(() => approve(s, 1, 'ada')).toThrow(message);
    const until = new Date(Date.parse(s.now) + 3_000).toISOString();
    request(s, 1, { until });
    expect(approve(s, 1, 'ada')).toHaveLength(1);
    expect(() => approve(s, 1, 'grace')).toThrow(message);
  });

  it('takes no approval of a request of a principal who wrote a commit of it', () => {
    const s = told().arrives(1, { author: 'ada' });
    expect(request(s, 1, { requestedBy: 'ada' }).map((e) => e.type)).toEqual(['ExpediteRequested']);
  });

  it('may be approved by who wrote only what is in production already, and by none who wrote what comes with it', () => {
    const s = told().arrives(1, { author: 'ada' }).goesThrough(1, 3);
    s.arrives(2, { author: 'grace' }).arrives(3);
    request(s, 3);
    expect(() => approve(s, 3, 'grace')).toThrow("approvedBy: 'grace'; expected nobody who wrote a commit of release 3");
    expect(approve(s, 3, 'ada')).toHaveLength(1);
  });

  it('may shrink time to a twentieth and to all of it, and begin as soon as another has expired', () => {
    const s = told().arrives(1).arrives(2);
    expect(request(s, 2, { factor: 0.05 })).toHaveLength(1);
    expect(request(s, 2, { factor: 1 })).toHaveLength(1);
    expect(() => request(s, 2, { factor: 1.01 })).toThrow('factor: 1.01; expected 0.05 to 1');
    const until = new Date(Date.parse(s.now) + 5_000).toISOString();
    request(s, 1, { until, requestedBy: 'ada' });
    approve(s, 1, 'grace');
    expect(s.pipeline.expedited).toMatchObject({ release: 1 });
    expect(() => request(s, 2, { reason: 'too early' })).toThrow('while release 1 is expedited');
    s.pass(1);
    expect(request(s, 2, { reason: 'in time' }).map((e) => e.type)).toEqual(['ExpediteRequested', 'ExpediteEnded']);
  });

  it('is refused for a release that goes back, and for an expiry that is this very moment', () => {
    const s = told().arrives(1);
    expect(() => request(s, 1, { until: new Date(Date.parse(s.now) + 1_000).toISOString() })).toThrow(/^until: /);
    s.enters(1).failsOn(1, BOX);
    expect(() => request(s, 1)).toThrow('release: 1; expected one that is on its way, and it is goingBack');
  });

  it('is there until its expiry, not at it, and for its own release alone', () => {
    const { pipeline } = expedite(told().arrives(1).arrives(2), 1);
    const before = '2026-11-29T23:59:59.999Z';
    expect([isExpedited(pipeline, 1, before), isExpedited(pipeline, 1, LATER), isExpedited(pipeline, 2, before)]).toEqual([
      true,
      false,
      false,
    ]);
    expect([factorFor(pipeline, 1, before), factorFor(pipeline, 1, LATER), factorFor(pipeline, 2, before)]).toEqual([0.1, 1, 1]);
  });

  it('is approved by nobody once the definition names nobody any more', () => {
    const s = told().arrives(1);
    request(s, 1);
    const { definition, hash } = compile(
      class extends ArticlePipeline {
        override windows = null;
      },
    );
    s.do({ type: 'DefinePipeline', pipeline: NAME, hash, definition, baseline: null });
    expect(() => approve(s, 1, 'ada')).toThrow("approvedBy: 'ada'; expected one of ");
  });

  it('shrinks the time of bakes, and not how long health must have been good', () => {
    const s = expedite(told().arrives(1), 1).enters(1).deploys(1);
    const { bake } = s.release(1);
    expect(Date.parse(bake?.endsAt ?? '') - Date.parse(bake?.startedAt ?? '')).toBe(360_000);
    s.pass(361);
    const look = {
      lookedAt: s.now,
      alarms: s.alarms.readings([R1], true, s.release(1).stay?.lookedAt ?? ''),
      counts: {},
      served: [],
      elsewhere: [],
    };
    expect(s.do({ type: 'EvaluateBake', pipeline: NAME, release: 1, look })).toMatchObject([
      { type: 'BakeHeldOpen', lacks: [{ kind: 'health', atLeastSeconds: 600 }] },
    ]);
    s.bakes(1);
    expect(s.release(1).status).toBe('waiting');
  });

  it('shrinks a bake that has begun, which lasts its whole time again when the expediting ends', () => {
    const s = told().arrives(1).enters(1).deploys(1);
    const startedAt = Date.parse(s.release(1).bake?.startedAt ?? '');
    const lasts = () => (Date.parse(bakeEndOf(s.pipeline, s.release(1), s.now) ?? '') - startedAt) / 1000;
    expect(lasts()).toBe(3600);
    expedite(s, 1);
    expect(lasts()).toBe(360);
    s.do({ type: 'EndExpedite', pipeline: NAME, release: 1, endedBy: 'ada', reason: 'it is over' });
    expect(lasts()).toBe(3600);
  });

  it('keeps every other release from entering meanwhile, and lets it enter at its end', () => {
    const s = inBody(told([[R1], [R2]]), 1);
    s.arrives(2).goesThrough(2);
    expedite(s, 2);
    s.enters(1);
    expect(s.release(1).blockers).toEqual([{ kind: 'expedited', release: 2, until: LATER }]);
    s.do({ type: 'EndExpedite', pipeline: NAME, release: 2, endedBy: 'ada', reason: 'it is over' });
    s.enters(1);
    expect(s.release(1).status).toBe('deploying');
  });

  it('goes first past a newer one at the door, and into a wave in which a returned one is', () => {
    const s = told().arrives(1).arrives(2);
    expedite(s, 1).enters(1);
    expect(s.release(1).status).toBe('deploying');
    expect(s.release(2).status).toBe('waiting');
  });
});

describe('V4 epochs', () => {
  it('a deployment that hangs on the one-box while expedited 2 takes the slot can write no more: its epoch is old, and the new one waits for it', () => {
    const s = told().arrives(1).enters(1);
    const epoch = s.pipeline.cells[BOX]?.epoch ?? 0;
    s.do({
      type: 'StartDeployment',
      pipeline: NAME,
      release: 1,
      cell: BOX,
      epoch,
      reading: { cell: BOX, size: 1, epoch: 0, boxes: [] },
      to: { release: 1, version: 'v1', checksum: 'sum1' },
    });
    expedite(s.arrives(2), 2).enters(2);
    const cell = s.pipeline.cells[BOX];
    expect(cell?.epoch).toBe(epoch + 1);
    expect(Date.parse(cell?.notBefore ?? '')).toBe(Date.parse(s.now) + 60_000);
    const late = { type: 'SucceedDeployment', pipeline: NAME, release: 1, cell: BOX, epoch } as const;
    expect(s.do(late)).toEqual([]);
  });
});

describe('V17 expedited into a rollback', () => {
  it('takes a slot that an older one holds, which ends there, but not while that goes back', () => {
    const s = inBody(told(), 1);
    s.arrives(2).goesThrough(2);
    expedite(s, 2);
    s.enters(2);
    expect(s.release(1)).toMatchObject({ status: 'superseded', supersededBy: 2 });
    expect(s.release(2).status).toBe('deploying');

    const t = told().arrives(1);
    const look = t.looks(1);
    // It had changed nothing when the alarm went off: it is not to blame, so 2 may still be expedited.
    const at = t.alarm(R1, 'ALARM');
    t.enters(1, look).deploys(1).arrives(2);
    expedite(t, 2);
    t.hears(R1, at);
    expect(t.release(1).status).toBe('goingBack');
    t.alarm(R1, 'OK');
    t.pass(3600).enters(2);
    expect(t.release(2).status).toBe('waiting');
    expect(t.release(2).blockers).toMatchObject([{ kind: 'slot', heldBy: 1 }]);
  });

  it('takes it from an older one alone, and only while it is expedited itself', () => {
    const s = told().arrives(1).arrives(2).arrives(3);
    const may = (n: number, holder: number, at = s.now) => mayTakeOver(s.pipeline, s.release(n), s.release(holder), at);
    expect(may(2, 1)).toBe(false);
    expedite(s, 2);
    expect([may(2, 1), may(2, 2), may(2, 3), may(3, 1), may(2, 1, LATER)]).toEqual([true, false, false, false, false]);
  });

  it('takes none from one that it does not contain', () => {
    const s = told().arrives(1).enters(1);
    const revision = { sha: 'c2', author: 'dev', at: s.now, subject: '', removes: [], restores: [], fixesReleases: [] };
    s.do({ type: 'CreateRelease', pipeline: NAME, revision: 'c2', parent: null, revisions: [revision], after: 1 });
    s.isBuilt(2);
    expedite(s, 2).enters(2);
    expect(s.release(2).blockers).toMatchObject([{ kind: 'slot', heldBy: 1 }]);
  });
});

describe('V18 half of a superseded release', () => {
  it('goes back with the expedited one: 1 had changed A and B, 2 fails on A, and both go to 0', () => {
    const s = inBody(told(), 1).enters(1).deploys(1);
    expect([s.runs(A), s.runs(B)]).toEqual([1, 1]);
    s.arrives(2).goesThrough(2);
    expedite(s, 2).enters(2);
    expect(s.release(1).status).toBe('superseded');
    expect(slotsHeldBy(s.pipeline, s.release(2))).toEqual(['wave-1/body']);
    s.failsOn(2, A).goesBack();
    expect([s.runs(BOX), s.runs(A), s.runs(B)]).toEqual([0, 0, 0]);
  });

  it('is watched for as well: an alarm from before the entry of 2 takes it out, though its event is late', () => {
    const s = inBody(told(), 1);
    s.arrives(2).goesThrough(2);
    expedite(s, 2);
    const at = s.alarm(R1, 'ALARM');
    s.alarm(R1, 'OK');
    const look = s.looks(2);
    s.enters(2, { ...look, alarms: s.alarms.readings([R1], false, look.lookedAt) });
    expect(s.release(1).status).toBe('superseded');
    s.hears(R1, at);
    expect(s.release(2).status).toBe('goingBack');
  });
});

describe('V19 the end of expediting', () => {
  it('comes when the release comes to hold a quarantined one: 3 with the fix may enter', () => {
    const s = told().arrives(1).enters(1);
    s.arrives(2);
    expedite(s, 2);
    s.failsOn(1, BOX).goesBack();
    expect(ends(s)).toEqual(['quarantined']);
    s.arrives(3, { removes: ['c1'] }).enters(3);
    expect(s.release(3).status).toBe('deploying');
  });

  it('comes with its end, with its rollback, and at its expiry', () => {
    const s = expedite(told().arrives(1), 1).goesThrough(1, 3);
    expect([s.release(1).status, ends(s)]).toEqual(['completed', ['ended']]);

    const t = expedite(told().arrives(1), 1).enters(1);
    t.failsOn(1, BOX);
    expect(ends(t)).toEqual(['rolledBack']);

    const u = expedite(told().arrives(1), 1, '2026-11-02T09:30:00.000Z').arrives(2);
    u.pass(3600).enters(2);
    expect(ends(u)).toEqual(['expired']);
    expect(u.release(2).status).toBe('deploying');
  });
});

describe('V20 expedited, but late', () => {
  it('is superseded by the one that has entered the step it comes to, and the expediting ends', () => {
    const s = told().isPushed(1).arrives(2).enters(2).isBuilt(1);
    expedite(s, 1).enters(1);
    expect(s.release(1)).toMatchObject({ status: 'superseded', supersededBy: 2 });
    expect(ends(s)).toEqual(['ended']);
    s.deploys(2).bakes(2).enters(2);
    expect(s.release(2).status).toBe('deploying');
  });
});
