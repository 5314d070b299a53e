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

  /** @throws InvalidInput when nothing stood on the mainline at the start, or its build fails */
  async build({ source, compiled }: Checked, { repository, start }: Pick<RehearsalRecord, 'repository' | 'start'>): Promise<void> {
    const startMs = wholeMinute(start);
    const { baselines } = await source.history(startMs, [compiled.definition.source]);
    const [baseline = ''] = baselines;
    const folder = await mkdtemp(join(tmpdir(), 'groundswell-baseline-'));
    this.#folder = folder;
    const builder = new LocalBuilder({
      repository,
      artifacts: new Artifacts(join(folder, 'artifacts')),
      // Its name is in the build's result: the one that it has in a data folder.
      folder: join(folder, 'builds'),
      clock: new VirtualClock({ startMs }),
      // It is built before time passes: nobody waits for it.
      wake: async () => {},
    });
    await builder.buildBaseline(idOf(compiled.definition).id, baseline, compiled.definition);
  }

  /** Into the new rehearsal's folder, if it was built. */
  async copyTo({ artifacts, builds }: DataFolder): Promise<void> {
    if (this.#folder === null) return;
    await cp(join(this.#folder, 'artifacts'), artifacts, { recursive: true });
    await mkdir(builds, { recursive: true });
    for (const name of BUILT) await replaceFile(join(builds, name), await readFile(join(this.#folder, 'builds', name), 'utf8'));
  }

  async remove(): Promise<void> {
    if (this.#folder !== null) await rm(this.#folder, { recursive: true, force: true });
  }
}
