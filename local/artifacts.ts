import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ArtifactChanged } from '../domain/errors.ts';
import type { Artifact } from '../domain/ports.ts';
import { sha256 } from './archive.ts';

/** Archives in a folder, each under its own SHA-256 and checked against it whenever it is read. */
export class Artifacts {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Stores the archive; once more is no error. */
  async put(archive: Uint8Array): Promise<Artifact> {
    const checksum = sha256(archive);
    await mkdir(this.#folder, { recursive: true });
    // Renamed into place, so that a killed rehearsal never leaves half an archive under its checksum.
    const partial = join(this.#folder, `${checksum}.${randomUUID()}.partial`);
    await writeFile(partial, archive);
    await rename(partial, this.path(checksum));
    return { checksum, bytes: archive.byteLength };
  }

  /** @throws ArtifactChanged when the file is gone or its bytes have another checksum. */
  async read(checksum: string): Promise<Uint8Array> {
    const archive = await readFile(this.path(checksum)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') throw new ArtifactChanged(checksum, 'no file');
      throw error;
    });
    const actual = sha256(archive);
    if (actual !== checksum) throw new ArtifactChanged(checksum, actual);
    return archive;
  }

  /** Where the archive of this checksum lies. */
  path(checksum: string): string {
    return join(this.#folder, `${checksum}.zip`);
  }
}
