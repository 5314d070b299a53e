// `node bench/anomalies.ts [bakes]`: how often the judgement of standard metrics blames a good release, and how often and how soon it finds a bad one, in
// synthetic traffic of one Region (test/domain/synthetic-traffic.ts) with seasons, bursts, sick boxes and dependencies that fail. The same for the same number.
import { bakeAndLook, type Regression, type Scene } from '../test/domain/synthetic-traffic.ts';

const bakes = Number(process.argv[2] ?? 500);
const oneBox = (requestsPerHour: number): Scene => ({ requestsPerHour, faultPercent: 0.2, days: 7, hasOlder: true, sharePercent: 10 });
const wave = (requestsPerHour: number): Scene => ({ ...oneBox(requestsPerHour), hasOlder: false, sharePercent: 90 });

function row(what: string, scene: Scene, hours: number, count = bakes): void {
  const all = Array.from({ length: count }, (_, i) => bakeAndLook(scene, `${what}/${i}`, hours)).filter((f) => f !== null);
  const minutes = all.map((f) => f.minute - (scene.regression?.fromMinute ?? 0)).toSorted((a, b) => a - b);
  const [median, late] = [0.5, 0.9].map((share) => minutes[Math.floor(share * minutes.length)] ?? '-');
  process.stdout.write(`| ${what} | ${all.length} of ${count} | ${median} | ${late} |\n`);
}

process.stdout.write('| what | blamed | minutes: median | 9 of 10 |\n|---|---|---|---|\n');
for (const requests of [30, 400, 4_000, 20_000]) {
  row(`good, one-box, ${requests} requests an hour in the Region`, oneBox(requests), 1);
  row(`good, one-box, ${requests} requests an hour, no history`, { ...oneBox(requests), days: 0 }, 1);
  row(`good, one cell of three, ${requests} requests an hour`, { ...oneBox(requests), sharePercent: 30 }, 1);
}
for (const requests of [400, 4_000])
  row(`good, the whole wave for 12 h, ${requests} requests an hour`, wave(requests), 12, Math.ceil(bakes / 2));
const regressions: readonly (readonly [string, Omit<Regression, 'fromMinute'>])[] = [
  ['2 % of faults', { faultPercent: 2 }],
  ['5 % of faults', { faultPercent: 5 }],
  ['20 % of faults', { faultPercent: 20 }],
  ['three times as slow', { slower: 3 }],
  ['five times as slow', { slower: 5 }],
  ['no requests', { isSilent: true }],
];
for (const requests of [400, 4_000, 20_000]) {
  for (const [what, regression] of regressions) {
    const from = { ...regression, fromMinute: 0 };
    row(
      `bad, one-box, ${requests} requests an hour, ${what}, within 2 h`,
      { ...oneBox(requests), regression: from },
      2,
      Math.ceil(bakes / 5),
    );
    row(
      `bad, whole wave, ${requests} requests an hour, ${what}, within 4 h`,
      { ...wave(requests), regression: from },
      4,
      Math.ceil(bakes / 5),
    );
  }
}
