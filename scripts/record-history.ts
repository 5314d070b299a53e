// Records what a story leaves behind, for its replay at every later version: `node scripts/record-history.ts [part of a story's name]`, or with
// `--scenario <file>` a scenario that chaos has kept, beside it. Recording again what a release was published with hides what that release decided.
import { readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { Command } from 'commander';
import type { Scenario } from '../test/chaos/scenario.ts';
import { packHistory } from '../test/histories/history.ts';
import { fileOf, recordHistory } from '../test/histories/recording.ts';
import { STORIES } from '../test/histories/stories.ts';

const program = new Command('record-history')
  .argument('[part]', 'part of the names of the stories to record', '')
  .option('--scenario <file>', 'a kept scenario instead');
program.parse();
const [part = ''] = program.processedArgs as [string?];
const { scenario } = program.opts<{ scenario?: string }>();

const wanted: readonly (readonly [string, Scenario])[] =
  scenario === undefined
    ? Object.entries(STORIES).flatMap(([name, story]) => (name.includes(part) ? [[name, story.scenario] as const] : []))
    : [[basename(scenario, '.scenario.json'), JSON.parse(readFileSync(scenario, 'utf8'))]];
for (const [story, played] of wanted) {
  const packed = packHistory(await recordHistory(story, played));
  writeFileSync(new URL(`../test/histories/${fileOf(story)}`, import.meta.url), packed);
  process.stdout.write(`${fileOf(story)}: ${Math.ceil(packed.length / 1024)} KB\n`);
}
