import * as z from 'zod';
import { Refused } from '../domain/errors.ts';
import type { EventOf } from '../domain/events.ts';
import type { PipelineState } from '../domain/state.ts';
import {
  type Answer,
  heldScope,
  ofPerson,
  openPipeline,
  type PersonsCommand,
  type PersonsPorts,
  parsePersons,
  startAgain,
} from './persons-command.ts';
import type { LogPorts } from './ports.ts';
import { decideLine, type LineScope } from './team.ts';

const input = z.strictObject({ ...ofPerson, of: heldScope });

/** Lifts the hold of a person, or that of a failed rollback: every cell that could not be taken back is read, and goes back again where it must. */
export const resume: PersonsCommand = {
  name: 'resume',
  about: 'lift the hold; cells that could not be taken back are read, and go back again where they must',
  options: [
    { flags: '--of <scope>', about: 'pipeline (by default), team or everything: restarts the line that was stopped for all of them' },
  ],
  input,
  run: async (ports, payload) => {
    const given = parsePersons(input, payload);
    const scope = await openPipeline(ports, given);
    const { id, before } = scope;
    if (given.of !== 'pipeline') return restartTheLine(ports, id.team, given.of, given);
    const back = await cellsThatAreBack(ports, id.id, before);
    const { by, reason } = given;
    const decision = await scope.decide({ type: 'ResumePipeline', pipeline: id.pipeline, by, reason, back });
    const resumed = decision.events.find((e) => e.type === 'PipelineResumed');
    if (resumed === undefined) throw new Refused('the pipeline is not held');
    const owners = Object.values(decision.state.pipelines[id.pipeline]?.releases ?? {}).filter((r) => r.status === 'goingBack');
    await startAgain(
      ports,
      scope,
      decision,
      owners.map((r) => r.number),
      `resumed by ${by}`,
    );
    return told(resumed);
  },
};

async function restartTheLine(
  ports: LogPorts,
  team: string,
  of: LineScope,
  { by, reason, commandId }: z.infer<typeof input>,
): Promise<Answer> {
  const command = { type: 'RestartLine', reason, restartedBy: by } as const;
  const events = await decideLine(ports, team, of, command, { by, commandId: `person/${commandId}` });
  const what = of === 'team' ? `team ${team}` : 'everything';
  if (events.length === 0) throw new Refused(`the line of ${what} is not stopped`);
  return [`The line of ${what} goes on: releases may enter steps again.`];
}

/** Every box runs what it should and passes its health checks. A cell that cannot be read is not back. */
async function cellsThatAreBack({ target }: PersonsPorts, pipelineId: string, pipeline: PipelineState) {
  const back: { readonly cell: string; readonly epoch: number }[] = [];
  for (const [cell, { back: way, epoch }] of Object.entries(pipeline.cells)) {
    if (target === null || way?.failed !== true) continue;
    const reading = await target.current({ pipeline: pipelineId, cell }).catch(() => null);
    const isBack =
      reading !== null &&
      reading.boxes.length === reading.size &&
      reading.boxes.every((b) => b.version.version === way.to.version && b.version.checksum === way.to.checksum && b.health === 'healthy');
    if (isBack) back.push({ cell, epoch });
  }
  return back;
}

function told({ hold, cells, back }: EventOf<'PipelineResumed'>): Answer {
  const isFailed = hold.by === 'groundswell';
  return [
    isFailed
      ? `The pipeline was held because a rollback had failed (${hold.reason}): releases may enter steps again.`
      : `The hold by ${hold.by} (${hold.reason}) is lifted: releases may enter steps again.`,
    ...(cells.length > 0 ? [`Again taken back: ${cells.map((c) => c.cell).join(', ')}. Until then its slots stay taken.`] : []),
    ...(back.length > 0 ? [`Back as they are, since they run what they should and pass their health checks: ${back.join(', ')}.`] : []),
  ];
}
