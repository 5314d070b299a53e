import { hasEnded } from '../domain/entry/slots.ts';
import { policyOf, stepOf } from '../domain/pipeline/route.ts';
import type { Instant } from '../domain/ports.ts';
import { suspectsOf } from '../domain/rollback/lineage.ts';
import type { Mark, PipelineState, ReleaseState } from '../domain/state.ts';
import { statusText } from './board-status.ts';
import { type Colors, cutTo, fitTo, hueOf, oneLine } from './board-text.ts';

interface Row {
  readonly release: number;
  readonly subject: string;
  readonly where: string;
  readonly what: string;
  /** Its subject may take a line of its own. */
  readonly isUnderWay: boolean;
}

/** `Show the price with tax (and 2 more)`: the newest commit's. */
function subjectOf(release: ReleaseState | undefined): string {
  const newest = release?.revisions.at(-1);
  if (release === undefined || newest === undefined) return '';
  const others = release.revisions.length - 1;
  return oneLine(newest.subject) + (others > 0 ? ` (and ${others} more)` : '');
}

function underWayRow(pipeline: PipelineState, release: ReleaseState, now: Instant, colors: Colors, barColumns: number): Row {
  const where = release.status === 'building' ? '' : (release.bake?.scope ?? stepOf(pipeline, release)?.id ?? '');
  const what = statusText(pipeline, release, now, colors, barColumns);
  return { release: release.number, subject: subjectOf(release), where, what, isUnderWay: true };
}

function markRow(pipeline: PipelineState, mark: Mark, colors: Colors): Row {
  const { present, absent } = suspectsOf(pipeline, mark);
  const shas = [...present, ...absent].map((sha) => sha.slice(0, 8)).join(', ');
  return {
    release: mark.release,
    subject: subjectOf(pipeline.releases[mark.release]),
    where: mark.stay?.stage ?? '',
    what: `${colors.red('quarantined')}${shas === '' ? '' : `, suspects ${shas}`}`,
    isUnderWay: false,
  };
}

/** The newest release that is everywhere; before the first, what ran before. */
function baseRow(pipeline: PipelineState): Row {
  const release = pipeline.newestCompleted;
  const subject = release === 0 ? 'what ran before the first release' : subjectOf(pipeline.releases[release]);
  return { release, subject, where: release === 0 ? 'baseline' : 'everywhere', what: '', isUnderWay: false };
}

const WHERE_COLUMNS = 15;
const WIDE_COLUMNS = 110;
/** From here on there is room for how many cells run a release. */
const WIDEST_COLUMNS = 160;

/** `on 43 of 76 cells`, one-boxes aside; empty when it runs on none. */
function spreadOf(pipeline: PipelineState, release: number): string {
  const all = policyOf(pipeline).stages.flatMap((s) => s.regions.flatMap(({ region, cells }) => cells.map((c) => `${region}/${c}`)));
  const running = all.filter((id) => (pipeline.cells[id]?.current?.release ?? 0) === release).length;
  return running === 0 ? '' : `on ${running} of ${all.length} cells`;
}

function wideLine(pipeline: PipelineState, row: Row, head: string, columns: number): string {
  const spread = columns >= WIDEST_COLUMNS ? `${fitTo(17, spreadOf(pipeline, row.release))} ` : '';
  return `${head} ${fitTo(Math.floor(columns * 0.3), row.subject)}  ${fitTo(WHERE_COLUMNS, row.where)} ${spread}${row.what}`;
}

/** Who is under way, then what is quarantined, then what is everywhere; at most so many rows. */
export function releaseLines(
  pipeline: PipelineState,
  now: Instant,
  { columns, rows }: { readonly columns: number; readonly rows: number },
  colors: Colors,
): readonly string[] {
  const numbers = String(pipeline.lastRelease).length;
  const isWide = columns >= WIDE_COLUMNS;
  const underWay = Object.values(pipeline.releases).filter((r) => !hasEnded(r));
  const marks = Object.values(pipeline.marks).filter((m) => m.release > pipeline.newestCompleted);
  const all: readonly Row[] = [
    ...underWay.map((r) => underWayRow(pipeline, r, now, colors, isWide ? Math.floor(columns / 6) : 16)),
    ...marks.filter((m) => !underWay.some((r) => r.number === m.release)).map((m) => markRow(pipeline, m, colors)),
    baseRow(pipeline),
  ];
  const held = pipeline.held === null ? [] : [colors.red(`held by ${pipeline.held.by}: ${oneLine(pipeline.held.reason)}`)];
  const hasTwoLines = !isWide && underWay.length + all.length + held.length <= rows;
  const lines = all.flatMap((row) => {
    const head = `${hueOf(colors, row.release)('■')} ${colors.bold(String(row.release).padStart(numbers))} `;
    if (isWide) return [wideLine(pipeline, row, head, columns)];
    const place = `${head} ${fitTo(WHERE_COLUMNS, row.where)} `;
    if (!row.isUnderWay) return [place + [row.what, row.subject].filter((text) => text !== '').join(': ')];
    return hasTwoLines ? [`${place}${row.subject}`, `${' '.repeat(numbers + 4)}${row.what}`] : [`${place}${row.what}`];
  });
  return limit([...held, ...lines], rows, colors).map((line) => cutTo(columns, line));
}

const limit = (lines: readonly string[], rows: number, colors: Colors): readonly string[] =>
  lines.length <= rows
    ? lines
    : [...lines.slice(0, rows - 1), colors.dim(`… and ${lines.length - rows + 1} lines more`)].slice(0, Math.max(0, rows));
