import color from 'picocolors';
import { oneBoxId, type PlannedStage, planOf } from '../domain/pipeline/plan.ts';
import { policyOf } from '../domain/pipeline/route.ts';
import type { PipelineState } from '../domain/state.ts';
import { count } from './told-release.ts';

const COLUMNS = 100;

/** Each wave: Regions whose cells run the same stand together. */
export function waveLines(pipeline: PipelineState): readonly string[] {
  const { stages } = planOf(policyOf(pipeline));
  const lines = stages.flatMap((stage) => [
    `  ${color.cyan(stage.id)}  ${count(stage.regions.length, 'Region')}`,
    ...regionLines(pipeline, stage),
  ]);
  return [...lines, ...legend(lines.join())];
}

function regionLines(pipeline: PipelineState, stage: PlannedStage): readonly string[] {
  const alike = Map.groupBy(stage.regions, (region) => toldCells(pipeline, stage, region));
  const widest = Math.max(...[...alike.keys()].map((k) => k.length));
  return [...alike].flatMap(([cells, regions]) => wrapped(`    ${cells.padEnd(widest)}  `, regions));
}

/** `one-box r3  cells r3×2 r1→r3` */
function toldCells(pipeline: PipelineState, stage: PlannedStage, region: string): string {
  const oneBox = oneBoxId(region);
  const cells = stage.steps
    .flatMap((s) => s.cells.filter((c) => c.region === region && c.id !== oneBox))
    .map((c) => toldCell(pipeline, c.id));
  return `one-box ${toldCell(pipeline, oneBox)}  cells ${runsOf(cells).join(' ')}`;
}

/** `r3 r3 r1` as `r3×2 r1`. */
function runsOf(cells: readonly string[]): readonly string[] {
  const starts = cells.flatMap((told, i) => (told === cells[i - 1] ? [] : [i]));
  return starts.map((start, n) => {
    const times = (starts[n + 1] ?? cells.length) - start;
    return times === 1 ? `${cells[start]}` : `${cells[start]}×${times}`;
  });
}

/** The release that a cell runs, and the way it is on: from the one that runs to the one that comes, or back from one to the other. */
function toldCell(pipeline: PipelineState, id: string): string {
  const cell = pipeline.cells[id];
  const current = cell?.current?.release ?? 0;
  if (cell?.back) return `r${cell.back.owner}${cell.back.failed ? '✗' : '↩'}r${cell.back.to.release}`;
  // A deployment stays in the cell's state when it has succeeded: the cell then runs what it put there.
  const to = cell?.deployment?.to;
  const isUnderWay = to !== undefined && to.version !== cell?.current?.version;
  return isUnderWay ? `r${current}→r${to.release}` : `r${current}`;
}

function legend(lines: string): readonly string[] {
  const told = [
    ['r0', 'r0 what ran before the first release'],
    ['→', 'r1→r2 being replaced'],
    ['↩', 'r2↩r1 going back'],
    ['✗', 'r2✗r1 could not be taken back'],
  ] as const;
  const needed = told.filter(([sign]) => (sign === 'r0' ? /r0(?!\d)/.test(lines) : lines.includes(sign)));
  return needed.length === 0 ? [] : [color.dim(`  ${needed.map(([, text]) => text).join('; ')}`)];
}

/** The words after `head`, on as many lines as they need, below each other. */
function wrapped(head: string, words: readonly string[]): readonly string[] {
  const lines = [head];
  for (const word of words) {
    const last = lines.at(-1) ?? '';
    if (last.length > head.length && last.length + word.length > COLUMNS) lines.push(`${' '.repeat(head.length)}${word} `);
    else lines[lines.length - 1] = `${last}${word} `;
  }
  return lines.map((line) => line.trimEnd());
}
