import assert from 'node:assert/strict';
import { businessHours, fleet, git, Pipeline, type Rehearsal, wavesOfIncreasingSize } from 'groundswell';

/** What all pipelines of the team share. */
abstract class OrdersPipeline extends Pipeline {
  override team = 'orders';
  override source = git('main');
  override waves = wavesOfIncreasingSize({ first: 'eu-south-2', second: 'us-east-1', next: [3, 12, 'rest'] });
  override windows = businessHours({ zone: 'UTC', holidays: 'US', from: '09:00', to: '16:00' });
}

export default class FrontEnd extends OrdersPipeline {
  override service = 'FrontEndApi';
  override build = { command: 'node build.mjs', artifact: 'dist/index.mjs', timeoutSeconds: 600 };
  override target = fleet({ boxesPerCell: 4 });

  override bake() {
    return { ...super.bake(), dataPoints: [{ metric: 'CreateOrderRequests', atLeast: 100 }] };
  }
}

const ITEMS = ['tea', 'coffee', 'cups', 'a kettle'];
const POSTCODES = [28013, 8002, 41001, 46003, 7012, 35001];
const oneOf = <T>(values: readonly T[], random: () => number) => values[Math.floor(random() * values.length)];
/** Customers come back to the same orders, so that most are found, and a Region's store stays small. */
const anOrder = (random: () => number) => `order-${Math.floor(random() * 2_000)}`;

interface Answer {
  readonly statusCode: number;
  readonly body: { readonly item: string; readonly quantity: number; readonly status: string };
}

/** The customers of a rehearsal, and what the service calls there. */
export const rehearsal: Rehearsal = {
  // From 120,000 an hour in the busiest Region on average to 16,500 in the one that has the least; 45 % fewer at 03:00, 45 % more at 15:00.
  requestsPerHour: ({ trafficRank, hourOfDay }) =>
    (12_000 + 108_000 / trafficRank) * (1 + 0.45 * Math.cos(((hourOfDay - 15) / 12) * Math.PI)),
  requests: [
    {
      name: 'CreateOrder',
      weight: 1,
      event: (random: () => number) => ({
        operation: 'CreateOrder',
        id: anOrder(random),
        item: oneOf(ITEMS, random),
        quantity: 1 + Math.floor(random() * 5),
      }),
    },
    { name: 'GetOrder', weight: 1, event: (random: () => number) => ({ operation: 'GetOrder', id: anOrder(random) }) },
    { name: 'ListOrders', weight: 1, event: { operation: 'ListOrders' } },
    { name: 'CancelOrder', weight: 1, event: (random: () => number) => ({ operation: 'CancelOrder', id: anOrder(random) }) },
    {
      name: 'QuoteShipping',
      weight: 1,
      event: (random: () => number) => ({
        operation: 'QuoteShipping',
        items: 1 + Math.floor(random() * 5),
        country: 'ES',
        postcode: oneOf(POSTCODES, random),
      }),
    },
  ],
  dependencies: {
    shipping: { latencyMs: 40, respond: () => ({ priceCents: 450, days: 2 }) },
  },
  canary: async (call, random) => {
    const order = { id: `canary-${Math.floor(random() * 100)}`, item: 'tea', quantity: 1 + Math.floor(random() * 5) };
    const created = (await call({ operation: 'CreateOrder', ...order })) as Answer;
    assert.equal(created.statusCode, 201);
    const read = (await call({ operation: 'GetOrder', id: order.id })) as Answer;
    assert.equal(read.statusCode, 200);
    assert.equal(read.body.item, order.item);
    assert.equal(read.body.quantity, order.quantity);
    assert.equal(read.body.status, 'open');
  },
};
