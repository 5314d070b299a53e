/** What the carrier asks for sending so many items there; `shipping` is the one service that this one calls. */
export async function quoteShipping({ items = 1, country = 'ES', postcode }, { call }) {
  const { priceCents, days } = await call('shipping', { items, country, postcode });
  return { statusCode: 200, body: { priceCents, days } };
}
