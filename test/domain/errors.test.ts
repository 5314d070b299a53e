import { expect, it } from 'vitest';
import {
  ArtifactChanged,
  BrokenLog,
  GroundswellError,
  InvalidInput,
  LostRace,
  NewerSchema,
  Refused,
  SourceUnreadable,
  StaleAttempt,
  StaleEpoch,
  UnknownRevision,
} from '../../domain/errors.ts';

const cause = new Error('why');

it.each<[() => GroundswellError, string, string, object]>([
  [() => new LostRace('s', 7, { cause }), 'LostRace', 's has a commit 7 already', { stream: 's', seq: 7, cause }],
  [() => new InvalidInput('field: 1; expected 2'), 'InvalidInput', 'field: 1; expected 2', {}],
  [() => new Refused('no'), 'Refused', 'no', {}],
  [() => new StaleEpoch('r/A', 1, 2), 'StaleEpoch', 'r/A belongs to epoch 2, not to 1 any more', { cell: 'r/A', epoch: 1, current: 2 }],
  [
    () => new ArtifactChanged('abc', 'def'),
    'ArtifactChanged',
    'the artifact was built with SHA-256 abc and now has def',
    { expected: 'abc', actual: 'def' },
  ],
  [() => new UnknownRevision('c1'), 'UnknownRevision', "revision: 'c1'; expected a commit of the mainline", { revision: 'c1' }],
  [() => new SourceUnreadable('r', 'away', { cause }), 'SourceUnreadable', 'r cannot be read: away', { repository: 'r', cause }],
  [() => new NewerSchema('s 3', 2, 1), 'NewerSchema', 's 3 has schema version 2; this version of Groundswell knows up to 1: update it', {}],
  [() => new StaleAttempt(1, 2, 3), 'StaleAttempt', 'attempt 2 of release 1 is over: attempt 3 goes on', {}],
  [() => new BrokenLog('s 3', 'no JSON', { cause }), 'BrokenLog', 's 3 is no commit: no JSON', { cause }],
])('an error tells what is wrong, and has the name that state machines match: $1', (make, name, message, facts) => {
  const error = make();
  expect(error).toBeInstanceOf(GroundswellError);
  expect(error).toMatchObject({ name, message, ...facts });
});
