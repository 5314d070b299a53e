import type { LogPorts, Ports, With } from './ports.ts';

/** Ports that only some functions have. On AWS a function has the clients, and the permissions, of those that it names. */
export type OtherPort = Exclude<keyof Ports, keyof LogPorts>;

/** A function, made from its ports, and which of them it uses beside those of the log. */
export interface Using<Port extends OtherPort> {
  readonly uses: readonly Port[];
  readonly make: (ports: With<Port>) => (payload: unknown) => Promise<unknown>;
}

export const using = <Port extends OtherPort = never>(uses: readonly Port[], make: Using<Port>['make']): Using<Port> => ({ uses, make });
