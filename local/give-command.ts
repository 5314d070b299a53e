import { join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import * as z from 'zod';
import { DynamoLog } from '../aws/dynamo-log.ts';
import { InvalidInput, Refused } from '../domain/errors.ts';
import type { Instant } from '../domain/ports.ts';
import { codeHash } from '../functions/code-hash.ts';
import { Line, Service } from '../functions/decide.ts';
import type { Answer, PersonsCommand, PersonsPorts } from '../functions/persons-command.ts';
import type { CommandPort } from './command-server.ts';
import { type FolderLock, holderOf, inUse, lastHolder, PATIENCE_MS, PAUSE_MS, tryLock } from './folder-lock.ts';
import { openLogFolder } from './log-folder.ts';
import { MemoryViews } from './memory-views.ts';
import { nothingIn } from './open-log.ts';
import { readRecord } from './rehearsal-record.ts';
import { streamsOf } from './streams.ts';
import { type Given, withPipeline } from './which-pipeline.ts';

const answerSchema = z.union([z.object({ answer: z.array(z.string()) }), z.object({ name: z.string(), message: z.string() })]);

/**
 * Gives a person's command to a rehearsal: to the process that runs it, or where none does to the log in its folder, from which it goes on. The
 * same id again gets the same answer.
 * @throws InvalidInput, Refused
 */
export async function giveCommand(path: string, command: PersonsCommand, given: Given): Promise<Answer> {
  const folder = resolve(path);
  if ((await readRecord(folder)) === null && (await lastHolder(folder)) === null) throw nothingIn(path, folder);
  for (const until = Date.now() + PATIENCE_MS; ; await setTimeout(PAUSE_MS)) {
    const lock = await tryLock(folder);
    if (lock !== null) return giveToFolder(path, folder, lock, command, given);
    const holder = await holderOf(folder);
    const record = await readRecord(folder);
    if (holder?.commands && record !== null) {
      const answer = await send(holder.commands, command.name, withPipeline(record.pipelines, given));
      if (answer !== null) return answer;
    }
    if (Date.now() > until) throw inUse(folder, holder);
  }
}

/** Null when nobody takes it there any more: the rehearsal has ended meanwhile. */
async function send({ port, token }: CommandPort, command: string, payload: unknown): Promise<Answer | null> {
  const sent = { method: 'POST', headers: { authorization: `Bearer ${token}` }, body: JSON.stringify({ command, payload }) };
  const response = await fetch(`http://127.0.0.1:${port}`, sent).catch(() => null);
  const parsed = answerSchema.safeParse(await response?.json().catch(() => null));
  if (!parsed.success) return null;
  if ('answer' in parsed.data) return parsed.data.answer;
  const { name, message } = parsed.data;
  throw name === 'Refused' ? new Refused(message) : new InvalidInput(message);
}

async function giveToFolder(path: string, folder: string, lock: FolderLock, command: PersonsCommand, given: Given): Promise<Answer> {
  try {
    const record = await readRecord(folder);
    if (record === null) throw nothingIn(path, folder);
    const database = await openLogFolder(join(folder, 'log'));
    try {
      const log = new DynamoLog(database.client);
      const commits = await Array.fromAsync(log.read(streamsOf(record.pipelines).service));
      const ports = portsOver(log, commits.at(-1)?.at ?? record.start);
      return await command.run(ports, withPipeline(record.pipelines, given));
    } finally {
      await database.close();
    }
  } finally {
    await lock.release();
  }
}

/** Nothing runs: what a decision starts or wakes is found in the log by the rehearsal when it goes on. Its time stands still meanwhile. */
function portsOver(log: DynamoLog, now: Instant): PersonsPorts {
  const views = new MemoryViews();
  const clock = { now: () => now };
  const stream = { log, views, clock, code: codeHash(), backOff: async () => {} };
  return {
    service: ({ stream: name }) => new Service(name, stream),
    line: (name) => new Line(name, stream),
    clock,
    views,
    waker: { wake: async () => {} },
    executions: null,
    target: null,
    health: null,
  };
}
