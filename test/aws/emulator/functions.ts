import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateAliasCommand,
  CreateFunctionCommand,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  PublishVersionCommand,
  UpdateFunctionCodeCommand,
} from '@aws-sdk/client-lambda';
import { strToU8, zipSync } from 'fflate';
import { afterAll } from 'vitest';
import { ACCOUNT } from '../emulator.ts';
import { eventually } from '../eventually.ts';
import { clientsOf, HOME, ROLE, unique } from './clients.ts';

export const zip = (code: string): Uint8Array => zipSync({ 'index.js': strToU8(code) }, { mtime: '2026-01-01' });

/** Does as its event says, and leaves a line in the folder of marks: the emulator's functions are processes of this machine. */
export const AS_TOLD = `
const { appendFileSync } = require('node:fs');
exports.handler = async (event, context) => {
  console.log('called'); // MiniStack waits 50 ms for the log of a function that has none
  if (event.mark) appendFileSync(process.env.MARKS + '/' + event.mark, JSON.stringify({ event, arn: context.invokedFunctionArn }) + '\\n');
  if (event.sleepMs) await new Promise((resolve) => setTimeout(resolve, event.sleepMs));
  if (event.fail) throw Object.assign(new Error('as told'), { name: event.fail });
  return { version: context.functionVersion, arn: context.invokedFunctionArn, ...event.answer };
};`;

export interface Mark {
  readonly event: Record<string, unknown>;
  readonly arn: string;
}

let folder: string | undefined;
const folderOfMarks = (): string => {
  folder ??= mkdtempSync(join(tmpdir(), 'groundswell-marks-'));
  return folder;
};
afterAll(() => folder && rmSync(folder, { recursive: true, force: true }));

/** What functions have left under a mark, first to last. */
export function marks(mark: string): Mark[] {
  try {
    return readFileSync(join(folderOfMarks(), mark), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Mark);
  } catch {
    return [];
  }
}

export function marked(mark: string, count = 1): Promise<Mark[]> {
  return eventually(() => {
    const there = marks(mark);
    if (there.length < count) throw new Error(`${there.length} of ${count} under ${mark}`);
    return there;
  });
}

/** The token that a function under `mark` was given in its `n`th call. */
export const tokenOf = async (mark: string, n = 1): Promise<string> => String((await marked(mark, n))[n - 1]!.event.token);

/** Active, and not being updated. */
export async function settled(name: string, region = HOME): Promise<void> {
  await eventually(async () => {
    const config = await clientsOf(region).lambda.send(new GetFunctionConfigurationCommand({ FunctionName: name }));
    if (config.State !== 'Active' || config.LastUpdateStatus !== 'Successful') throw new Error(`${name} is ${config.LastUpdateStatus}`);
  });
}

export async function createFunction(code = AS_TOLD, region = HOME): Promise<string> {
  const name = unique('function');
  await clientsOf(region).lambda.send(
    new CreateFunctionCommand({
      FunctionName: name,
      Runtime: 'nodejs24.x',
      Role: ROLE,
      Handler: 'index.handler',
      Timeout: 60,
      Code: { ZipFile: zip(code) },
      Environment: { Variables: { MARKS: folderOfMarks() } },
    }),
  );
  return name;
}

export async function makeFunction(code = AS_TOLD, region = HOME): Promise<string> {
  const name = await createFunction(code, region);
  await settled(name, region);
  return name;
}

export const arnOf = (name: string, region = HOME): string => `arn:aws:lambda:${region}:${ACCOUNT}:function:${name}`;

/** A function with versions 1 and 2, and an alias `live` on the first, from which the second gets `weight`. */
export async function makeWithAlias(weight: number, codes: readonly [string, string] = [AS_TOLD, `${AS_TOLD}\n`]): Promise<string> {
  const { lambda } = clientsOf();
  const name = await makeFunction(codes[0]);
  await lambda.send(new PublishVersionCommand({ FunctionName: name }));
  await lambda.send(new UpdateFunctionCodeCommand({ FunctionName: name, ZipFile: zip(codes[1]) }));
  await settled(name);
  await lambda.send(new PublishVersionCommand({ FunctionName: name }));
  const RoutingConfig = { AdditionalVersionWeights: { 2: weight } };
  await lambda.send(new CreateAliasCommand({ FunctionName: name, Name: 'live', FunctionVersion: '1', RoutingConfig }));
  return name;
}

export interface Invoked {
  readonly executedVersion: string | undefined;
  readonly functionError: string | undefined;
  readonly payload: { readonly [key: string]: unknown };
}

export async function invoke(name: string, event: object = {}, qualifier?: string): Promise<Invoked> {
  const answer = await clientsOf().lambda.send(
    new InvokeCommand({ FunctionName: name, Payload: JSON.stringify(event), ...(qualifier && { Qualifier: qualifier }) }),
  );
  const payload = JSON.parse(Buffer.from(answer.Payload ?? []).toString() || 'null');
  return { executedVersion: answer.ExecutedVersion, functionError: answer.FunctionError, payload };
}
