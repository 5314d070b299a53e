import type { PipelineDefinition, StageDefinition } from '../domain/pipeline/definition.ts';
import { oneBoxId } from '../domain/pipeline/plan.ts';
import { policyOf } from '../domain/pipeline/route.ts';
import { boxesPerCell } from '../domain/pipeline/target.ts';
import type { CellState, PipelineState } from '../domain/state.ts';
import { type Colors, cutTo, fitTo, groundOf, hueOf } from './board-text.ts';

/** How the waves are drawn; the richest that leaves room for the releases is taken. */
export interface CellStyle {
  /** A blank line between the waves. */
  readonly gaps: boolean;
  /** The release's number beside each glyph: always without colours. */
  readonly numbers: boolean;
  /** No blank between the cells of a Region. */
  readonly tight: boolean;
}

const LEVELS = '▁▂▃▄▅▆▇';
/** Longer names are cut. */
const MAX_LABEL_COLUMNS = 10;
const MAX_NAME_COLUMNS = 16;

type RegionCells = StageDefinition['regions'][number];

interface Drawn {
  readonly glyph: string;
  readonly release: number;
  /** The release that the new one displaces, while it does. */
  readonly over: number | null;
  readonly stuck: boolean;
}

function drawnCell(pipeline: PipelineState, id: string, boxes: number, isOneBox: boolean): Drawn {
  const cell: CellState | undefined = pipeline.cells[id];
  const current = cell?.current?.release ?? 0;
  if (cell?.back) return { glyph: cell.back.failed ? '✗' : '◄', release: cell.back.owner, over: null, stuck: cell.back.failed };
  const deployment = cell?.deployment;
  if (deployment && deployment.to.version !== cell.current?.version) {
    const level = Math.min(LEVELS.length - 1, Math.floor((deployment.boxes.length / boxes) * LEVELS.length));
    return { glyph: LEVELS[level] ?? '▁', release: deployment.to.release, over: current, stuck: false };
  }
  const onTrial = cell?.records.some((r) => r.by === current) === true;
  const [trial, settled] = isOneBox ? ['○', '●'] : ['□', '■'];
  return { glyph: onTrial ? trial : settled, release: current, over: null, stuck: false };
}

function paintCell(colors: Colors, { glyph, release, over, stuck }: Drawn, numberColumns: number): string {
  const paint = stuck ? colors.red : hueOf(colors, release);
  const drawn = over === null ? paint(glyph) : groundOf(colors, over)(paint(glyph));
  return numberColumns === 0 ? drawn : drawn + paint(String(release).padEnd(numberColumns));
}

const longest = (texts: readonly string[]): number => Math.max(...texts.map((t) => t.length));

/** The one-box of a Region, and its cells in the order in which they are deployed to. */
function drawnRegion(
  pipeline: PipelineState,
  definition: PipelineDefinition,
  { region, cells }: RegionCells,
): readonly [Drawn, ...Drawn[]] {
  const boxes = boxesPerCell(definition.target);
  return [drawnCell(pipeline, oneBoxId(region), 1, true), ...cells.map((cell) => drawnCell(pipeline, `${region}/${cell}`, boxes, false))];
}

/** Every Region of every wave, as a grid whose columns stand below each other. */
export function waveLines(pipeline: PipelineState, columns: number, style: CellStyle, colors: Colors): readonly string[] {
  const definition = policyOf(pipeline);
  const { stages } = definition;
  const labels = Math.min(MAX_LABEL_COLUMNS, longest(stages.map((s) => s.id)));
  const names = Math.min(MAX_NAME_COLUMNS, longest(stages.flatMap((s) => s.regions.map((r) => r.region))));
  const numbers = style.numbers ? String(pipeline.lastRelease).length : 0;
  const between = style.tight ? '' : ' ';
  const widest = Math.max(...stages.filter((s) => s.regions.length > 1).flatMap((s) => s.regions.map((r) => r.cells.length)));
  const inside = new Set(Object.values(pipeline.releases).flatMap((r) => r.stay?.stage ?? []));
  return stages.flatMap((stage, i) => {
    const paint = inside.has(stage.id) ? String : colors.dim;
    const entries = stage.regions.map((region) => {
      const [oneBox, ...cells] = drawnRegion(pipeline, definition, region).map((d) => paintCell(colors, d, numbers));
      return `${paint(fitTo(names, region.region))} ${oneBox} ${between}${cells.join(between)}`;
    });
    const cells = stage.regions.length > 1 ? widest : (stage.regions[0]?.cells.length ?? 0);
    const entryColumns = names + 3 + numbers + cells * (1 + numbers + between.length);
    const rows = grid(entries, entryColumns, columns - labels - 2).map((row, n) =>
      cutTo(columns, `${n > 0 ? ' '.repeat(labels) : paint(fitTo(labels, stage.id))}  ${row}`),
    );
    return style.gaps && i > 0 ? ['', ...rows] : rows;
  });
}

/** As few rows as the width allows, and as even. */
function grid(entries: readonly string[], entryColumns: number, columns: number): readonly string[] {
  const fitting = Math.max(1, Math.floor((columns + 1) / (entryColumns + 1)));
  const across = Math.ceil(entries.length / Math.ceil(entries.length / fitting));
  return Array.from({ length: Math.ceil(entries.length / across) }, (_, row) =>
    entries
      .slice(row * across, (row + 1) * across)
      .map((e) => fitTo(entryColumns, e))
      .join(' ')
      .trimEnd(),
  );
}

/** One line a wave: how many of its cells are drawn alike. For terminals, or pipelines, in which the grid has no room. */
export function waveSummaries(pipeline: PipelineState, columns: number, colors: Colors): readonly string[] {
  const definition = policyOf(pipeline);
  return definition.stages.map((stage) => {
    const drawn = stage.regions.flatMap((region) => drawnRegion(pipeline, definition, region));
    const alike = Object.values(Object.groupBy(drawn, (d) => `${d.glyph} ${d.release} ${d.over}`));
    const counts = alike.flatMap((group) =>
      group?.[0] ? `${paintCell(colors, group[0], String(group[0].release).length)}×${group.length}` : [],
    );
    return cutTo(columns, `${fitTo(MAX_LABEL_COLUMNS, stage.id)} ${counts.join('  ')}`);
  });
}

/** What the glyphs say. */
export const legend = (colors: Colors): string =>
  colors.dim('●○ one-box  ■ runs  □ not yet promoted  ▄ being replaced  ◄ goes back  ✗ stuck');
