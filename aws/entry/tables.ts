import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { named, readEnvironment } from '../environment.ts';
import { homeConfig } from './home.ts';

const environment = z.object({ EVENTS_TABLE: named, VIEWS_TABLE: named });

let client: DynamoDBDocumentClient | undefined;

/** The tables of the home Region, by one client for all of a function's ports. */
export function tables() {
  const { EVENTS_TABLE, VIEWS_TABLE } = readEnvironment(environment);
  client ??= DynamoDBDocumentClient.from(new DynamoDBClient(homeConfig()));
  return { client, events: EVENTS_TABLE, views: VIEWS_TABLE };
}
