import { fromTemporaryCredentials } from '@aws-sdk/credential-providers';

/** A Region of an account, and as whom it is worked in. */
export interface Access {
  readonly region: string;
  /** Twelve digits. */
  readonly account: string;
  /** ARN of the role that is assumed there; null: the function's own credentials. */
  readonly role: string | null;
}

/** A call is tried so often; with its time-outs that is less than a third of the 90 s that a task has. */
const ATTEMPTS = 4;
const CONNECT_MS = 2_000;
const REQUEST_MS = 5_000;

/** What every client is made with: time-outs, and retries that slow down by themselves while they are throttled. */
export const clientConfig = ({ region, role }: Pick<Access, 'region' | 'role'>) => ({
  region,
  maxAttempts: ATTEMPTS,
  retryMode: 'adaptive',
  requestHandler: { connectionTimeout: CONNECT_MS, requestTimeout: REQUEST_MS, throwOnRequestTimeout: true },
  ...(role === null ? {} : { credentials: credentialsOf(role) }),
});

export type ClientConfig = ReturnType<typeof clientConfig>;

/**
 * Asked for in the function's own Region: the endpoint of a Region that is opted in to answers only accounts that have opted in themselves, while what any
 * regional endpoint gives is good everywhere.
 */
function credentialsOf(role: string) {
  const home = process.env.AWS_REGION;
  return fromTemporaryCredentials({
    params: { RoleArn: role, RoleSessionName: 'groundswell' },
    ...(home === undefined ? {} : { clientConfig: { region: home } }),
  });
}

/** One client for each Region and role, for the life of the process. */
export function clientsOf<Client>(make: (config: ClientConfig) => Client): (access: Access) => Client {
  const clients = new Map<string, Client>();
  return (access) => {
    const key = `${access.region} ${access.role}`;
    const client = clients.get(key) ?? make(clientConfig(access));
    clients.set(key, client);
    return client;
  };
}
