const NEWEST = 'orders/newest';
const LISTED = 10;
const keyOf = (id) => `orders/${id}`;
const missing = (id) => ({ statusCode: 404, body: { message: `there is no order ${id}` } });

/** A client that names its order may send it again: the order is then written again, not twice. */
export async function createOrder({ id, item, quantity = 1 }, { store, requestId }) {
  if (typeof item !== 'string' || !(quantity > 0)) {
    return { statusCode: 400, body: { message: 'an order has an item and a quantity above 0' } };
  }
  const order = { id: id ?? requestId, item, quantity, status: 'open' };
  await store.put(keyOf(order.id), order);
  const newest = (await store.get(NEWEST)) ?? [];
  await store.put(NEWEST, [order.id, ...newest.filter((other) => other !== order.id)].slice(0, LISTED));
  return { statusCode: 201, body: order };
}

export async function getOrder({ id }, { store }) {
  const order = await store.get(keyOf(id));
  return order ? { statusCode: 200, body: order } : missing(id);
}

export async function listOrders(_request, { store }) {
  return { statusCode: 200, body: { ids: (await store.get(NEWEST)) ?? [] } };
}

export async function cancelOrder({ id }, { store }) {
  const order = await store.get(keyOf(id));
  if (!order) return missing(id);
  const cancelled = { ...order, status: 'cancelled' };
  await store.put(keyOf(id), cancelled);
  return { statusCode: 200, body: cancelled };
}
