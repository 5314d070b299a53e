import { cancelOrder, createOrder, getOrder, listOrders } from './orders.mjs';
import { quoteShipping } from './shipping.mjs';

const operations = {
  CreateOrder: createOrder,
  GetOrder: getOrder,
  ListOrders: listOrders,
  CancelOrder: cancelOrder,
  QuoteShipping: quoteShipping,
};

/** Answers `{ operation, …its fields }` with `{ statusCode, body }`. */
export async function handler(event, context) {
  if (!Object.hasOwn(operations, event.operation)) {
    return { statusCode: 400, body: { message: `there is no operation ${event.operation}` } };
  }
  return operations[event.operation](event, context);
}
