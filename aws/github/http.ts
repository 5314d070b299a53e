import { GroundswellError } from '../../domain/errors.ts';

/** What a function's URL answers with. */
export interface HttpAnswer {
  readonly statusCode: number;
  readonly headers: { readonly 'content-type': 'application/json' };
  readonly body: string;
}

export const answered = (statusCode: number, body: object): HttpAnswer => ({
  statusCode,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

/** A request that is not taken. Its message is answered and logged: it holds nothing of an unsigned request. */
export class RequestRefused extends GroundswellError {
  override readonly name = 'RequestRefused';
  readonly status: number;
  constructor(status: number, reason: string, options?: ErrorOptions) {
    super(reason, options);
    this.status = status;
  }
}
