import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { idOf } from '../functions/pipeline-id.ts';
import { Artifacts } from './artifacts.ts';
import { LocalBuilder } from './builder.ts';
import type { DataFolder } from './data-folder.ts';
import { type Checked, wholeMinute } from './rehearsal.ts';
import type { RehearsalRecord } from './rehearsal-record.ts';
import { replaceFile } from './replace-file.ts';
import { VirtualClock } from './virtual-clock.ts';

/** The log before the result: without that, a killed rehearsal builds again. */
const BUILT = ['0.log', '0.json'] as const;

/** What runs everywhere when a new rehearsal begins, built in a folder of its own: no data folder is touched when that fails. */
export class NewBaseline {
  #folder: string | null = null;
  /** Where in it the builds' files are. */
  #places: readonly string[] = [];

  /** @throws InvalidInput when nothing stood on the mainline at the start, or its build fails */
  async build({ source, pipelines }: Checked, { repository, start }: Pick<RehearsalRecord, 'repository' | 'start'>): Promise<void> {
    const startMs = wholeMinute(start);
    const { baselines } = await source.history(
      startMs,
      pipelines.map((p) => p.definition.source),
    );
    const folder = await mkdtemp(join(tmpdir(), 'groundswell-baseline-'));
    this.#folder = folder;
    const builder = new LocalBuilder({
      repository,
      artifacts: new Artifacts(join(folder, 'artifacts')),
      // Its name is in the build's result: the one that it has in a data folder.
      folder: join(folder, 'builds'),
      hasSeveral: pipelines.length > 1,
      clock: new VirtualClock({ startMs }),
      // It is built before time passes: nobody waits for it.
      wake: async () => {},
    });
    this.#places = pipelines.length > 1 ? pipelines.map((p) => p.definition.pipeline) : ['.'];
    for (const [i, { definition }] of pipelines.entries()) await builder.buildBaseline(idOf(definition).id, baselines[i] ?? '', definition);
  }

  /** Into the new rehearsal's folder, if it was built. */
  async copyTo({ artifacts, builds }: DataFolder): Promise<void> {
    if (this.#folder === null) return;
    await cp(join(this.#folder, 'artifacts'), artifacts, { recursive: true });
    for (const place of this.#places) {
      await mkdir(join(builds, place), { recursive: true });
      for (const name of BUILT)
        await replaceFile(join(builds, place, name), await readFile(join(this.#folder, 'builds', place, name), 'utf8'));
    }
  }

  async remove(): Promise<void> {
    if (this.#folder !== null) await rm(this.#folder, { recursive: true, force: true });
  }
}
