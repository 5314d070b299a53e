import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import { acknowledgeWildcard } from './acknowledge.ts';
import type { Statement } from './permissions.ts';

/** Lets a role do what statements say, and tells what checks templates of each wildcard in them. */
export function allow(role: Role, statements: readonly Statement[]): void {
  for (const { actions, resources, conditions, wildcard } of statements) {
    role.addToPolicy(new PolicyStatement({ actions: [...actions], resources: [...resources], ...(conditions && { conditions }) }));
    if (wildcard !== undefined) for (const one of resources.filter((r) => r.includes('*'))) acknowledgeWildcard(role, one, wildcard);
  }
}
