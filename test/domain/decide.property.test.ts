import { describe, expect, it } from 'vitest';
import type { Command } from '../../domain/commands.ts';
import { decide } from '../../domain/decide.ts';
import type { Event } from '../../domain/events.ts';
import { evolve } from '../../domain/evolve.ts';
import { initialState } from '../../domain/state.ts';
import { pipelineOf, Story } from './story.ts';

const PIPELINE = 'application';
const decided = new Set<Command['type']>();

/** Gives every command that decided something a second time, as a retry after a crash does. */
class RepeatedStory extends Story {
  override do(command: Command): readonly Event[] {
    const events = super.do(command);
    if (events.length > 0) decided.add(command.type);
    expect(decide(command, this.state, this.now), `${command.type} again`).toEqual([]);
    return events;
  }
}

const on = (story: Story, cell: string, release: number) => ({
  pipeline: PIPELINE,
  release,
  cell,
  epoch: story.pipeline.cells[cell]?.epoch ?? 0,
});

function batchOn(story: Story, cell: string, release: number): void {
  const of = on(story, cell, release);
  const reading = {
    cell,
    size: 1,
    epoch: of.epoch,
    boxes: [{ id: 'b', version: { release: 0, version: 'v0', checksum: '0' }, health: 'healthy' as const, epoch: 0 }],
  };
  story.do({ type: 'StartDeployment', ...of, reading, to: { release, version: `v${release}`, checksum: `sum${release}` } });
  const boxes = {
    batch: 1,
    boxes: ['b'],
    healthyTaken: 1,
    healthy: 1,
    size: 1,
    addBox: false,
    removeAdded: false,
    fewBoxes: 'accept' as const,
  };
  story.do({ type: 'RecordBatch', ...of, ...boxes });
}

function failsAndIsLifted(): Story {
  const story = new RepeatedStory(pipelineOf([['eu-west-1']]));
  story.arrives(1).enters(1);
  batchOn(story, 'eu-west-1/one-box', 1);
  story.do({ type: 'FailDeployment', ...on(story, 'eu-west-1/one-box', 1), text: 'sick', fault: 'release' });
  story.do({ type: 'FailCellBack', ...on(story, 'eu-west-1/one-box', 1), text: 'sick' });
  story.do({ type: 'ResumePipeline', pipeline: PIPELINE, by: 'dev', reason: 'mended', back: [] });
  story.goesBack();
  story.do({ type: 'LiftQuarantine', pipeline: PIPELINE, release: 1, by: 'dev', reason: 'a false alarm' });
  story.do({ type: 'ResumeRelease', pipeline: PIPELINE, release: 1, attempt: 2, reason: 'stopped' });
  return story;
}

function burns(): Story {
  const story = new RepeatedStory(pipelineOf([['eu-west-1']]));
  story.do({ type: 'HoldPipeline', pipeline: PIPELINE, reason: 'a sale', heldBy: 'dev' });
  story.arrives(1).enters(1);
  story.do({ type: 'ResumePipeline', pipeline: PIPELINE, by: 'dev', reason: 'mended', back: [] });
  story.goesThrough(1).arrives(2).enters(2);
  story.hears('eu-west-1', story.alarm('eu-west-1', 'ALARM'));
  story.goesBack();
  return story;
}

function waitsForData(): Story {
  const story = new RepeatedStory(pipelineOf([['eu-west-1']])).arrives(1);
  story.alarm('eu-west-1', 'INSUFFICIENT_DATA');
  story
    .enters(1)
    .pass(2 * 3600)
    .enters(1);
  const { scope = '', since = '' } = story.release(1).page ?? {};
  story.do({ type: 'RecordPage', pipeline: PIPELINE, release: 1, scope, since });
  return story;
}

function isExpedited(): Story {
  const story = new RepeatedStory(pipelineOf([['eu-west-1']])).arrives(1).enters(1).arrives(2);
  const of = { pipeline: PIPELINE, release: 2 };
  story.do({ type: 'RequestExpedite', ...of, factor: 0.1, reason: 'an outage', until: '2026-12-01T00:00:00.000Z', requestedBy: 'dev' });
  story.do({ type: 'ApproveExpedite', ...of, approvedBy: 'ada' });
  story.do({ type: 'ApproveExpedite', ...of, approvedBy: 'grace' });
  story.enters(2).deploys(2);
  story.do({ type: 'EndExpedite', ...of, endedBy: 'ada', reason: 'it is over' });
  return story;
}

/** It enters against an alarm, and leaves when the override ends first. */
function outlivesItsOverride(): Story {
  const story = new RepeatedStory(pipelineOf([['eu-west-1']]));
  story.alarm('eu-west-1', 'ALARM');
  story.arrives(1).enters(1).overrides(1, 'alarm');
  story.enters(1);
  story.pass(3_600);
  story.do({ type: 'EndOverride', pipeline: PIPELINE, release: 1, look: story.looks(1) });
  return story;
}

function isTakenBack(): Story {
  const story = new RepeatedStory(pipelineOf([['eu-west-1'], ['us-east-1']])).arrives(1).goesThrough(1, 4);
  story.arrives(2).goesThrough(2, 4).isTakenBack(2, { kind: 'region', region: 'us-east-1' }).goesBack();
  return story.isTakenBack(1).goesBack().isLifted(1).isLifted(2).goesThrough(2, 4);
}

const stories = {
  waitsForData,
  isExpedited,
  failsAndIsLifted,
  burns,
  outlivesItsOverride,
  isTakenBack,
  completes: () => new RepeatedStory(pipelineOf([['eu-west-1']])).arrives(1).goesThrough(1, 2),
};

describe('decisions', () => {
  it.each(Object.entries(stories))('add nothing when a command is given twice, and replay to the same state: %s', (_, tell) => {
    const story = tell();
    const stored: Event[] = JSON.parse(JSON.stringify(story.events));
    expect(stored.reduce(evolve, initialState)).toEqual(story.state);
  });

  it('of every type of command were given twice above', () => {
    const types: Readonly<Record<Command['type'], true>> = {
      DefinePipeline: true,
      CreateRelease: true,
      RecordBuild: true,
      EnterStep: true,
      StartDeployment: true,
      RecordBatch: true,
      SucceedDeployment: true,
      FailDeployment: true,
      StartBake: true,
      EvaluateBake: true,
      RecordPage: true,
      RaiseAlarm: true,
      RecordCellBack: true,
      FailCellBack: true,
      FinishRollback: true,
      ResumeRelease: true,
      RollBack: true,
      LiftQuarantine: true,
      RequestExpedite: true,
      ApproveExpedite: true,
      EndExpedite: true,
      HoldPipeline: true,
      ResumePipeline: true,
      OverrideBlocker: true,
      EndOverride: true,
    };
    expect([...decided].toSorted()).toEqual(Object.keys(types).toSorted());
  });
});
