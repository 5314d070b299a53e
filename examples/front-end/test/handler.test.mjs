import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { handler } from '../dist/index.mjs';

let ask;
beforeEach(() => {
  const values = new Map();
  let requests = 0;
  const store = {
    get: async (key) => values.get(key),
    put: async (key, value) => void values.set(key, value),
    delete: async (key) => void values.delete(key),
  };
  const call = async (dependency, { items }) => {
    assert.equal(dependency, 'shipping');
    return { priceCents: 500 * items, days: 2 };
  };
  ask = (operation, fields = {}) => handler({ operation, ...fields }, { requestId: `r${++requests}`, store, call });
});

test('a created order can be read, is listed, and can be cancelled', async () => {
  const { statusCode, body } = await ask('CreateOrder', { item: 'tea', quantity: 2 });
  assert.equal(statusCode, 201);
  assert.deepEqual(await ask('GetOrder', { id: body.id }), { statusCode: 200, body });
  assert.deepEqual((await ask('ListOrders')).body.ids, [body.id]);
  assert.equal((await ask('CancelOrder', { id: body.id })).body.status, 'cancelled');
  assert.equal((await ask('GetOrder', { id: body.id })).body.status, 'cancelled');
});

test('an order that its client names and sends again is one order', async () => {
  await ask('CreateOrder', { id: 'mine', item: 'tea' });
  await ask('CreateOrder', { id: 'mine', item: 'tea', quantity: 3 });
  assert.equal((await ask('GetOrder', { id: 'mine' })).body.quantity, 3);
  assert.deepEqual((await ask('ListOrders')).body.ids, ['mine']);
});

test('an order without an item is refused', async () => {
  assert.equal((await ask('CreateOrder', { quantity: 1 })).statusCode, 400);
});

test('an unknown order is not found', async () => {
  assert.equal((await ask('GetOrder', { id: 'none' })).statusCode, 404);
  assert.equal((await ask('CancelOrder', { id: 'none' })).statusCode, 404);
});

test('a quote is what the carrier asks for', async () => {
  assert.deepEqual(await ask('QuoteShipping', { items: 3 }), { statusCode: 200, body: { priceCents: 1500, days: 2 } });
});

test('an unknown operation is refused, also one that every object has', async () => {
  assert.equal((await ask('DropOrders')).statusCode, 400);
  assert.equal((await ask('toString')).statusCode, 400);
});
