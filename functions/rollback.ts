import * as z from 'zod';
import type { Where } from '../domain/commands.ts';
import { Refused } from '../domain/errors.ts';
import type { Event, EventOf } from '../domain/events.ts';
import { type Answer, ofPerson, openPipeline, type PersonsCommand, parsePersons, releaseNumber, startAgain } from './persons-command.ts';

const input = z
  .strictObject({
    ...ofPerson,
    release: releaseNumber,
    wave: z.string().exactOptional(),
    region: z.string().exactOptional(),
    everywhere: z.literal(true).exactOptional(),
  })
  .refine((given) => [given.wave, given.region, given.everywhere].filter((w) => w !== undefined).length <= 1, {
    message: 'expected one of wave, region and everywhere, or none for the wave that the release is in',
  });

/** Takes a release back by hand, be it completed: at once, whatever the windows, alarms, holds and slots say. */
export const rollback: PersonsCommand = {
  name: 'rollback',
  about: 'take a release back now, be it completed, and every newer one there that contains it without its fix',
  argument: { name: 'release', about: 'its number' },
  options: [
    { flags: '--wave <wave>', about: 'out of this wave, such as wave-2 (default: out of the wave that it is in)' },
    { flags: '--region <region>', about: 'out of this Region; a wave that it is still in it leaves whole' },
    { flags: '--everywhere', about: 'out of every wave' },
  ],
  input,
  run: async (ports, payload) => {
    const given = parsePersons(input, payload);
    const { release, by, reason } = given;
    const scope = await openPipeline(ports, given);
    const decision = await scope.decide({ type: 'RollBack', pipeline: scope.id.pipeline, release, where: whereIn(given), by, reason });
    if (decision.events.length === 0) throw goesBackAlready(scope.before.releases[release], release);
    const leaving = decision.events.flatMap((e) => (e.type === 'RollbackStarted' ? [e.release] : []));
    await startAgain(ports, scope, decision, leaving, `taken back by ${by}`);
    return told(decision.events, given.region);
  },
};

function whereIn({ wave, region, everywhere }: z.infer<typeof input>): Where {
  if (wave !== undefined) return { kind: 'wave', wave };
  if (region !== undefined) return { kind: 'region', region };
  return { kind: everywhere === true ? 'everywhere' : 'its wave' };
}

function goesBackAlready(
  of: { readonly scope: readonly string[]; readonly pending: readonly string[] } | undefined,
  release: number,
): Refused {
  const { scope = [], pending = [] } = of ?? {};
  return new Refused(`release ${release} goes back already: ${scope.length - pending.length} of ${scope.length} cells are back`);
}

function told(events: readonly Event[], region: string | undefined): Answer {
  const started = events.flatMap((e) => (e.type === 'RollbackStarted' ? [e] : []));
  const own = started.filter((e) => e.reason.kind === 'person');
  const number = own[0]?.release;
  const whole = own.filter((e) => region !== undefined && e.region === undefined && e.scope.some((c) => !c.startsWith(`${region}/`)));
  return [
    ...[...Map.groupBy(started, (e) => e.release)].map(([release, all]) => toldLeaving(release, all)),
    ...whole.map((e) => `It leaves the whole of ${e.stage}: the Regions of a wave that it has not been promoted out of move together.`),
    `Release ${number} is quarantined: no release that contains it enters production without its fix, until somebody lifts that.`,
  ];
}

function toldLeaving(release: number, all: readonly EventOf<'RollbackStarted'>[]): string {
  const places = all.map((e) => (e.region === undefined ? e.stage : `${e.region} of ${e.stage}`));
  const targets = Map.groupBy(
    all.flatMap((e) => e.cells),
    (c) => c.to.release,
  );
  const cells = (n: number) => `${n} ${n === 1 ? 'cell goes' : 'cells go'}`;
  const back = [...targets].map(([to, of]) => `${cells(of.length)} back to ${to === 0 ? 'what ran before any release' : `release ${to}`}`);
  const why = all[0]?.reason.kind === 'quarantine' ? ', since it contains a quarantined one without its fix' : '';
  return `Release ${release} leaves ${places.join(' and ')}${why}${back.length === 0 ? '' : `: ${back.join(', ')}`}.`;
}
