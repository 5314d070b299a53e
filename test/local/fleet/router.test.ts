import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Routable, Router } from '../../../local/fleet/router.ts';

interface Box extends Routable {
  inService: boolean;
  calls: number;
}

const box = (id: string): Box => ({ id, inService: true, calls: 0 });
const boxes = (n: number) => Array.from({ length: n }, (_, i) => box(`b${i}`));

describe('the router', () => {
  it('never gives the one-box more than its percentage, over any stretch, whatever goes in and out of service', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.array(fc.record({ calls: fc.integer({ min: 1, max: 50 }), one: fc.boolean(), body: fc.boolean() }), {
          minLength: 1,
          maxLength: 8,
        }),
        (percent, phases) => {
          const [router, one, body] = [new Router<Box>(percent), box('one'), boxes(3)];
          const given: boolean[] = [];
          for (const phase of phases) {
            one.inService = phase.one;
            for (const b of body) b.inService = phase.body;
            for (let i = 0; i < phase.calls; i++) given.push(router.next([one], body) === one);
          }
          for (let from = 0; from < given.length; from++) {
            let count = 0;
            for (let to = from; to < given.length; to++) {
              if (given[to]) count++;
              // One may come at once: what a stretch owes is rounded up to whole calls.
              expect((count - 1) * 100).toBeLessThanOrEqual((to - from + 1) * percent);
              if (from === 0) expect(count * 100).toBeLessThanOrEqual((to + 1) * percent);
            }
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it('spreads the rest evenly, and what a box out of service would get over the others', () => {
    const [router, one, body] = [new Router<Box>(10), box('one'), boxes(4)];
    const send = (calls: number) => {
      for (const b of [one, ...body]) b.calls = 0;
      for (let i = 0; i < calls; i++) {
        const taken = router.next([one], body);
        if (taken !== null) taken.calls++;
      }
      return [one, ...body].map((b) => b.calls);
    };
    expect(send(4000)).toEqual([400, 900, 900, 900, 900]);
    const [second] = body;
    if (second) second.inService = false;
    expect(send(4000)).toEqual([400, 0, 1200, 1200, 1200]);
    for (const b of body) b.inService = false;
    expect(send(1000)).toEqual([100, 0, 0, 0, 0]);
    one.inService = false;
    expect(router.next([one], body)).toBeNull();
  });
});
