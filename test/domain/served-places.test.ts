import { describe, expect, it } from 'vitest';
import { cellsInScope, placesOf, servedQueries, shareIn } from '../../domain/bake/served-places.ts';
import { compile } from '../../domain/pipeline/compile.ts';
import { stepOf } from '../../domain/pipeline/route.ts';
import { wavesOf } from '../../domain/pipeline/waves.ts';
import { ArticlePipeline } from './article-pipeline.ts';
import { pipelineOf, Story } from './story.ts';

const R1 = 'eu-west-1';
const R2 = 'us-east-1';
const twoRegions = () => new Story(pipelineOf([[R1, R2]], ['A', 'B']));
const inOneBox = () => twoRegions().arrives(1).enters(1).deploys(1);

describe('what a bake is of', () => {
  it('are the cells of its step, and in the bake of the whole wave all that the release has changed there', () => {
    const s = new Story(pipelineOf([[R1]], ['A', 'B'])).arrives(1);
    const scope = () => {
      const step = stepOf(s.pipeline, s.release(1));
      return step && cellsInScope(s.release(1), step);
    };
    expect(scope()).toEqual([]);
    s.enters(1).deploys(1);
    expect(scope()).toEqual([`${R1}/one-box`]);
    s.bakes(1).enters(1).deploys(1);
    expect(scope()).toEqual([`${R1}/A`]);
    s.bakes(1).enters(1).deploys(1);
    expect(scope()).toEqual([`${R1}/B`]);
    s.bakes(1);
    expect([s.release(1).status, scope()]).toEqual(['stageBaking', [`${R1}/one-box`, `${R1}/A`, `${R1}/B`]]);
  });

  it('is nothing while it bakes nothing', () => {
    const s = twoRegions().arrives(1);
    const now = '2026-11-02T12:00:00.000Z';
    expect(servedQueries(s.pipeline, s.release(1), now, true)).toEqual([]);
    s.enters(1);
    expect(servedQueries(s.pipeline, s.release(1), now, true)).toEqual([]);
    s.deploys(1);
    expect(servedQueries(s.pipeline, s.release(1), now, true)).not.toEqual([]);
    s.bakes(1).goesThrough(1, 2);
    expect(s.release(1).status).toBe('completed');
    expect(placesOf(s.pipeline, s.release(1))).toEqual([]);
  });
});

describe('what a release is compared with', () => {
  it('are the cells of its Regions that run an older release, for their share of the requests', () => {
    const s = inOneBox();
    const [place] = placesOf(s.pipeline, s.release(1));
    expect(place).toEqual({
      region: R1,
      cells: [`${R1}/one-box`],
      older: [
        { cell: `${R1}/A`, release: 0 },
        { cell: `${R1}/B`, release: 0 },
      ],
    });
    expect(place && shareIn(s.pipeline, s.release(1), place)).toBeCloseTo(10 / 90);
  });

  it('are none any more when the whole wave runs it, and none that a newer release has', () => {
    const s = inOneBox();
    s.bakes(1).enters(1).deploys(1);
    expect(placesOf(s.pipeline, s.release(1))[0]?.older).toEqual([{ cell: `${R1}/B`, release: 0 }]);
    s.arrives(2).enters(2).deploys(2);
    expect(placesOf(s.pipeline, s.release(2))[0]?.older).toEqual([
      { cell: `${R1}/A`, release: 1 },
      { cell: `${R1}/B`, release: 0 },
    ]);
    expect(placesOf(s.pipeline, s.release(1))[0]?.older).toEqual([{ cell: `${R1}/B`, release: 0 }]);
  });

  it('are none that are just being taken back', () => {
    const s = inOneBox();
    s.bakes(1).enters(1);
    s.arrives(2, { removes: ['c1'] })
      .enters(2)
      .deploys(2);
    s.failsOn(1, `${R1}/A`);
    expect(placesOf(s.pipeline, s.release(2))[0]?.older.map((o) => o.cell)).toEqual([`${R1}/B`]);
    s.goesBack();
    expect(placesOf(s.pipeline, s.release(2))[0]?.older.map((o) => o.cell)).toEqual([`${R1}/A`, `${R1}/B`]);
  });

  it('are whole days before it came to the wave', () => {
    const s = inOneBox();
    const [query] = servedQueries(s.pipeline, s.release(1), '2026-11-03T10:02:00.000Z', false);
    expect(query?.from).toBe('2026-11-03T09:00:00.000Z');
    expect(query?.earlier[0]).toEqual({ from: '2026-11-01T09:00:00.000Z', to: '2026-11-01T10:00:00.000Z' });
    expect(query?.earlier).toHaveLength(7);
  });

  it('is the last hour, and at the end the whole bake', () => {
    const s = inOneBox();
    const spans = (now: string, isOver: boolean) => servedQueries(s.pipeline, s.release(1), now, isOver).map((q) => [q.from, q.to]);
    expect(spans('2026-11-02T09:02:00.000Z', false)).toEqual([]);
    expect(spans('2026-11-02T12:03:00.000Z', true)).toEqual([
      ['2026-11-02T11:00:00.000Z', '2026-11-02T12:00:00.000Z'],
      ['2026-11-02T09:05:00.000Z', '2026-11-02T12:00:00.000Z'],
    ]);
  });
});

describe('its share of the requests', () => {
  it('of a cell is as large as that of every other cell of the Region', () => {
    const s = inOneBox();
    s.bakes(1).enters(1).deploys(1);
    const place = placesOf(s.pipeline, s.release(1))[1];
    expect(place).toMatchObject({ region: R2, cells: [`${R2}/A`], older: [{ cell: `${R2}/B` }] });
    expect(place && shareIn(s.pipeline, s.release(1), place)).toBeCloseTo(1);
  });

  it('is counted in its own Region’s cells, beside a one-box that runs the older release', () => {
    const s = new Story(pipelineOf([[R1], [R2]], ['A', 'B', 'C'])).arrives(1).goesThrough(1, 4).enters(1).deploys(1);
    const older = (...cells: string[]) => cells.map((cell) => ({ cell: `${R2}/${cell}`, release: 0 }));
    const share = (...cells: string[]) => shareIn(s.pipeline, s.release(1), { region: R2, cells: [`${R2}/A`], older: older(...cells) });
    expect(share('B', 'C')).toBeCloseTo(1 / 2);
    expect(share('B')).toBeCloseTo(1);
    expect(share('one-box')).toBeCloseTo(3);
    expect(share()).toBeNull();
  });
});

describe('its share where the Regions of a wave have more cells or fewer', () => {
  const defined = (requestPercent: number) =>
    compile(
      class extends ArticlePipeline {
        override waves = wavesOf([R1, R2]);
        override windows = null;
        override cells(region: string) {
          return region === R1 ? ['A'] : ['A', 'B', 'C'];
        }
        override oneBox() {
          return { requestPercent };
        }
      },
    );

  it('is by those of its own Region, and by the definition of its own route, whatever is defined since', () => {
    const s = new Story(defined(10)).arrives(1).enters(1).deploys(1);
    const older = (region: string) => [{ cell: `${region}/A`, release: 0 }];
    const share = (region: string) => shareIn(s.pipeline, s.release(1), { region, cells: [`${region}/one-box`], older: older(region) });
    expect([share(R1), share(R2)]).toEqual([expect.closeTo(10 / 90), expect.closeTo(10 / 30)]);
    const { definition, hash } = defined(5);
    s.do({ type: 'DefinePipeline', pipeline: 'application', hash, definition, baseline: null });
    expect(share(R1)).toBeCloseTo(10 / 90);
  });
});

describe('what is asked of the standard metrics', () => {
  const s = inOneBox();
  const startedAt = s.release(1).bake?.startedAt ?? '';
  const ask = (now: string, isOver: boolean) => servedQueries(s.pipeline, s.release(1), now, isOver);

  it('is about the release on the cells of each Region, beside the older ones', () => {
    expect(startedAt < '2026-11-02T09:05:00.000Z').toBe(true);
    expect(ask('2026-11-02T09:40:00.000Z', false)).toMatchObject([
      { release: 1, places: placesOf(s.pipeline, s.release(1)), from: '2026-11-02T09:05:00.000Z', to: '2026-11-02T09:40:00.000Z' },
    ]);
  });

  it('is one span where the last hour is the whole bake, and none before a period is over', () => {
    expect(ask('2026-11-02T10:05:00.000Z', true)).toHaveLength(1);
    expect(ask('2026-11-02T10:10:00.000Z', true)).toHaveLength(2);
    expect(ask('2026-11-02T09:09:59.000Z', true)).toEqual([]);
    expect(ask('2026-11-02T09:10:00.000Z', true)).toHaveLength(1);
  });

  it('is of a bake that takes longer than a day the last day', () => {
    expect(ask('2026-11-04T12:00:00.000Z', true).map((q) => q.from)).toEqual(['2026-11-04T11:00:00.000Z', '2026-11-03T12:00:00.000Z']);
  });

  it('is beside the same hours of the seven newest days before the release came, one after the other', () => {
    const [query] = ask('2026-11-02T09:40:00.000Z', false);
    expect(query?.earlier.map((e) => e.from.slice(0, 16))).toEqual(
      [1, 31, 30, 29, 28, 27, 26].map((d, i) => `2026-${i === 0 ? '11-01' : `10-${d}`}T09:05`),
    );
    expect(query?.earlier.map((e) => Date.parse(e.to) - Date.parse(e.from))).toEqual(Array.from({ length: 7 }, () => 35 * 60_000));
  });

  it('is beside days that end before the release came: where one ends in the very moment, that one too', () => {
    const [query] = ask('2026-11-03T09:00:00.000Z', false);
    const came = s.release(1).stay?.lookedAt ?? '';
    expect(came > '2026-11-02T09:00:00.000Z').toBe(true);
    expect(query?.earlier[0]?.to).toBe('2026-11-02T09:00:00.000Z');
    expect(ask('2026-11-03T09:05:00.000Z', false)[0]?.earlier[0]?.to).toBe('2026-11-01T09:05:00.000Z');
  });
});
