import { rm } from 'node:fs/promises';
import type { TestProject } from 'vitest/node';
import { deployedFolder } from './deployed/deploy.ts';
import { type EmulatorAddress, startEmulator } from './emulator.ts';

declare module 'vitest' {
  interface ProvidedContext {
    readonly emulator: EmulatorAddress;
  }
}

/** One emulator for all files: they run one after the other, and each names what it makes anew. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const emulator = await startEmulator();
  project.provide('emulator', { endpoint: emulator.endpoint, pid: emulator.pid });
  return async () => {
    await emulator.stop();
    await rm(deployedFolder(emulator), { recursive: true, force: true });
  };
}
