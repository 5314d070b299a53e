import { InvalidInput } from '../domain/errors.ts';

/** What names of roles, machines and the bus begin with. @throws InvalidInput */
export function orchestratorName(name = 'Groundswell'): string {
  if (!/^[A-Za-z][A-Za-z0-9-]{0,23}$/.test(name))
    throw new InvalidInput(
      `name: '${name}'; expected a letter, then letters, digits or '-', at most 24 of them: names of roles begin with it`,
    );
  return name;
}
