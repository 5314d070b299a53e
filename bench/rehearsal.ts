// `node bench/rehearsal.ts release|week`: one good release, or all of the example's week, over 24 Regions and 76 zones on the embedded fleet, real code
// and traffic included. Prints virtual against wall time, and the process's peak memory.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { makeRepository } from '../examples/make-repository.ts';
import { CALLS_A_MINUTE } from '../local/fleet/traffic.ts';
import { rehearse } from '../local/rehearse.ts';

const [what = 'release'] = process.argv.slice(2);
process.env.TZ = 'UTC';
const folder = await mkdtemp(join(tmpdir(), 'groundswell-bench-'));
const { path: repository, commits } = await makeRepository(join(folder, 'repository'));
if (what === 'release') await execa('git', ['update-ref', 'refs/heads/main', commits.good], { cwd: repository });

const started = performance.now();
const start = '2026-11-02T09:00:00.000Z';
const observer = { commit: () => {}, tick: () => {}, page: () => {}, told: () => {} };
const { endedAt, commits: log } = await rehearse({
  repository,
  pipelineFile: join(repository, 'groundswell.pipeline.ts'),
  // A minute before the good change, so that it is pushed and not what runs at the start.
  start: new Date(Date.parse(start) - 60_000).toISOString(),
  data: join(folder, 'data'),
  observer,
});
const wallSeconds = (performance.now() - started) / 1000;
await rm(folder, { recursive: true });

const virtualSeconds = (Date.parse(endedAt) - Date.parse(start)) / 1000;
const aims = what === 'release' ? 'aim: 36,000 times' : 'aim: 30 s';
process.stdout.write(
  [
    `${what}: ${(virtualSeconds / 3600).toFixed(1)} virtual hours in ${wallSeconds.toFixed(1)} s, ${Math.round(virtualSeconds / wallSeconds).toLocaleString('en')} times (${aims})`,
    `${log.flatMap((c) => c.events).length} events in the log; calls an hour: ${60 * CALLS_A_MINUTE.watched} in a Region that runs an unpromoted release, ${60 * CALLS_A_MINUTE.other} elsewhere, and a canary a minute in each`,
    `peak memory ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB (aim: under 1,024)`,
    '',
  ].join('\n'),
);
