import { Stack } from 'aws-cdk-lib';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { serviceComposite, teamAggregate, teamCanaries } from '../aws/alarm-names.ts';
import { InvalidInput } from '../domain/errors.ts';
import { CompositeAlarm } from './composite-alarms.ts';

/** A service of a team, as the team's alarms know it. `ServiceAlarms` is one; of a service whose stacks are elsewhere it is told. */
export interface TeamService {
  readonly team: string;
  readonly service: string;
  /** Names of its canary's metric alarms. */
  readonly canaryAlarms: readonly string[];
}

export interface TeamAlarmsProps {
  /** All services of the team in this account and Region. */
  readonly services: readonly TeamService[];
  /** Topic of this Region by which failing canaries page. */
  readonly pages?: ITopic;
}

/**
 * A team's alarms over all its services in the Region of a stack: "high-severity aggregate alarms roll up the state of all of the team's individual
 * microservice high-severity alarms and the state of the canary alarms into a single aggregate state".
 */
export class TeamAlarms extends Construct {
  readonly team: string;

  constructor(scope: Construct, id: string, { services, pages }: TeamAlarmsProps) {
    super(scope, id);
    this.team = teamOf(services);
    const made = services.filter((s): s is TeamService & Construct => Construct.isConstruct(s));
    for (const one of made) checkPlace(this, one);
    const canaries = new CompositeAlarm(this, 'Canaries', {
      name: teamCanaries(this.team),
      description: `A canary of ${this.team} fails.`,
      children: services.flatMap((s) => s.canaryAlarms),
      madeBy: made,
      ...(pages && { pages }),
    });
    new CompositeAlarm(this, 'Aggregate', {
      name: teamAggregate(this.team),
      description: `Rolls back what ${this.team} deploys in this Region, and keeps out what would be.`,
      children: [...services.map(serviceComposite), teamCanaries(this.team)],
      madeBy: [...made, canaries],
    });
  }
}

function teamOf(services: readonly TeamService[]): string {
  const [first, ...others] = services;
  if (first === undefined) throw new InvalidInput("services: none; expected all of the team's in this account and Region");
  const other = others.find((s) => s.team !== first.team);
  if (other !== undefined)
    throw new InvalidInput(`services: ${other.service} is of team '${other.team}'; expected '${first.team}', whose aggregate this is`);
  const twice = others.find((s, i) => [first, ...others.slice(0, i)].some((one) => one.service === s.service));
  if (twice !== undefined) throw new InvalidInput(`services: '${twice.service}' is there twice; expected each once`);
  return first.team;
}

/** CloudWatch's composites are over alarms of their own account and Region. */
function checkPlace(scope: Construct, service: TeamService & Construct): void {
  const [own, other] = [Stack.of(scope), Stack.of(service)];
  if (own.region !== other.region || own.account !== other.account)
    throw new InvalidInput(
      `services: ${service.service} has its alarms in ${other.region} of ${other.account}; expected ${own.region} of ${own.account}, where the aggregate is`,
    );
}
