/** What the carrier asks for sending so many items; `shipping` is the one service that this one calls. */
export async function quoteShipping({ items = 1, country = 'ES' }, { call }) {
  const { priceCents, days } = await call('shipping', { items, country });
  return { statusCode: 200, body: { priceCents, days } };
}
