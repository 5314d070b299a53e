// The README's transcript is what `npm start` prints, cut to what fits: `npm start | node scripts/readme-transcript.ts` writes it there,
// with `--check` it fails when the README has another.
import { readFileSync, writeFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';

const README = new URL('../README.md', import.meta.url);
const BLOCK = /(<!-- npm start -->\n```\n)[\s\S]*?(\n```)/;
const SHOWN = [1, 2, 4];

/** The first events, the report of these releases, and the totals. */
function cut(output: string): string {
  const lines = output.split('\n').map((line) => line.trimEnd());
  const first = lines.findIndex((line) => /^[A-Z][a-z]{2} \d{4}-/.test(line));
  const report = lines.slice(lines.findIndex((line) => line.startsWith('■'))).join('\n');
  const [releases = '', totals = ''] = report.split(/\n\n(?=\d+ releases: )/);
  const sections = releases.split('\n\n').filter((section) => SHOWN.some((n) => section.startsWith(`■ Release ${n} `)));
  return [...lines.slice(first, first + 3), '…', '', sections.join('\n\n'), '…', '', totals.split('\n').slice(0, 2).join('\n')].join('\n');
}

const transcript = cut(await text(process.stdin));
const readme = readFileSync(README, 'utf8');
const written = readme.replace(BLOCK, (_, before: string, after: string) => `${before}${transcript}${after}`);
if (!process.argv.includes('--check')) writeFileSync(README, written);
else if (written !== readme) {
  process.stderr.write(
    'README.md: its transcript is not what npm start prints; write it with: npm start | node scripts/readme-transcript.ts\n',
  );
  process.exitCode = 1;
}
