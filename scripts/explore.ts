// Explores every interleaving of the configurations with the real decisions: `node scripts/explore.ts [part of a name]`.
import { LARGE } from '../test/exploration/configurations.ts';
import { explore } from '../test/exploration/explorer.ts';

const [part = ''] = process.argv.slice(2);
let states = 0;
let isBroken = false;
for (const config of LARGE.filter((c) => c.name.includes(part))) {
  const found = explore(config, 300_000);
  states += found.states;
  isBroken ||= found.broken.size > 0;
  process.stdout.write(
    `${config.name}: ${found.states} states, ${found.transitions} transitions, ${found.ends} ends${found.isComplete ? '' : ' (capped)'}\n`,
  );
  for (const [fault, trace] of found.broken) process.stdout.write(`  ${fault}\n    ${trace.join(' > ')}\n`);
}
process.stdout.write(`${states} states in all, ${isBroken ? 'broken' : 'no invariant broken'}\n`);
process.exitCode = isBroken ? 1 : 0;
