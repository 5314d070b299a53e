import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CodeCommitCommits } from '../../../aws/source/codecommit-commits.ts';
import { HostedSource } from '../../../aws/source/hosted-source.ts';
import { UnknownRevision } from '../../../domain/errors.ts';
import { compile } from '../../../domain/pipeline/compile.ts';
import { codeCommit } from '../../../domain/pipeline/pipeline.ts';
import { definePipeline } from '../../../functions/define-pipeline.ts';
import { onPush } from '../../../functions/on-push.ts';
import { TwoWaves } from '../../cli/week.ts';
import { Repository } from '../../contracts/repository.ts';
import { World } from '../../statemachines/world.ts';
import { fakeCodeCommit } from './fake-codecommit.ts';

class FrontEnd extends TwoWaves {
  override source = codeCommit('front-end', { paths: ['src/', ':!src/docs'] });
}

describe('pushes to a CodeCommit repository', () => {
  let repository: Repository;
  let world: World;
  beforeEach(async () => {
    repository = await Repository.create();
    world = new World(FrontEnd);
    const source = new HostedSource(() => new CodeCommitCommits(fakeCodeCommit(repository, 'front-end').client, 'front-end'));
    world.source.newest = (...asked) => source.newest(...asked);
    world.source.isAncestor = (...asked) => source.isAncestor(...asked);
    world.source.revisions = (...asked) => source.revisions(...asked);
  });
  afterEach(() => repository.close());

  const push = async (revision: string) => {
    await repository.flush();
    return onPush(world.runtime.ports)({ pipeline: world.pipeline, revision });
  };

  it('are releases of what they bring over the one before, and nothing where they bring nothing of the pipeline', async () => {
    const baseline = await repository.commit({ 'src/a': '1' });
    const branch = await repository.commit({ 'src/b': '1' }, { branch: 'feature', parents: [baseline] });
    await repository.commit({ 'src/docs/c': '1' });
    const merge = await repository.commit({ 'src/b': '1' }, { parents: [await repository.commit({ d: '1' }), branch] });
    await definePipeline(world.runtime.ports, { ...compile(FrontEnd), baseline }, 'test');
    expect(await push(merge)).toEqual({ release: 1, isNew: true });
    const docs = await repository.commit({ 'src/docs/c': '2' });
    expect([await push(docs), await push(merge), await push(baseline)]).toEqual([
      { release: 1, isNew: true },
      { release: 1, isNew: true },
      { release: 1, isNew: false },
    ]);
    const revert = await repository.commit(
      { 'src/b': '' },
      { message: `This reverts commit ${merge}, reversing\nchanges made to ${docs}.` },
    );
    expect(await push(revert)).toEqual({ release: 2, isNew: true });
    const created = (await world.commits()).flatMap((c) => c.events).filter((e) => e.type === 'ReleaseCreated');
    const removed = [branch, merge].toSorted();
    expect(created.map((e) => [e.revision, e.parent, e.revisions.map((r) => [r.sha, r.removes.toSorted()])])).toEqual([
      [
        merge,
        null,
        [
          [branch, []],
          [merge, []],
        ],
      ],
      [revert, 1, [[revert, removed]]],
    ]);
  });

  it('that are on no mainline are refused', async () => {
    const baseline = await repository.commit({ 'src/a': '1' });
    const branch = await repository.commit({ 'src/b': '1' }, { branch: 'feature', parents: [baseline] });
    await definePipeline(world.runtime.ports, { ...compile(FrontEnd), baseline }, 'test');
    await expect(push(branch)).rejects.toThrow(UnknownRevision);
  });
});
