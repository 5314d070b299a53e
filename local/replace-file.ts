import { rename, writeFile } from 'node:fs/promises';

/** Writes a file whole or not at all: what a killed process leaves is the old one or the new one. For files that have one writer. */
export async function replaceFile(path: string, text: string): Promise<void> {
  await writeFile(`${path}.partial`, text);
  await rename(`${path}.partial`, path);
}
