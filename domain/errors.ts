/** Every error that Groundswell raises on purpose. `name` is a literal, so that ASL can match it and minification cannot change it. */
export abstract class GroundswellError extends Error {
  abstract override readonly name: string;
}

/** Another commit has the sequence number: read what it says and decide again. */
export class LostRace extends GroundswellError {
  override readonly name = 'LostRace';
  readonly stream: string;
  readonly seq: number;
  constructor(stream: string, seq: number, options?: ErrorOptions) {
    super(`${stream} has a commit ${seq} already`, options);
    this.stream = stream;
    this.seq = seq;
  }
}

/** Bad input. The message names the field, the value and what was expected. */
export class InvalidInput extends GroundswellError {
  override readonly name = 'InvalidInput';
}

/** A person asked for what makes no sense as things are. The message says why, and what does. */
export class Refused extends GroundswellError {
  override readonly name = 'Refused';
}

/** A later owner has written to the cell: whoever gets this must do nothing more to it. */
export class StaleEpoch extends GroundswellError {
  override readonly name = 'StaleEpoch';
  readonly cell: string;
  readonly epoch: number;
  readonly current: number;
  constructor(cell: string, epoch: number, current: number) {
    super(`${cell} belongs to epoch ${current}, not to ${epoch} any more`);
    this.cell = cell;
    this.epoch = epoch;
    this.current = current;
  }
}

/** The stored artifact is not the one that was built. */
export class ArtifactChanged extends GroundswellError {
  override readonly name = 'ArtifactChanged';
  readonly expected: string;
  readonly actual: string;
  constructor(expected: string, actual: string) {
    super(`the artifact was built with SHA-256 ${expected} and now has ${actual}`);
    this.expected = expected;
    this.actual = actual;
  }
}

/** Somebody else has changed what we had put on a target. Nothing is overwritten: a person decides what is right. */
export class ChangedByHand extends GroundswellError {
  override readonly name = 'ChangedByHand';
  readonly place: string;
  readonly expected: string;
  readonly found: string;
  constructor(place: string, expected: string, found: string, whom: string) {
    super(`${place} was changed behind our back: expected ${expected}, found ${found}. Nothing was overwritten. ${whom}`);
    this.place = place;
    this.expected = expected;
    this.found = found;
  }
}

/** The target carries no more versions side by side: one that is there must leave it whole before another comes. */
export class NoRoom extends GroundswellError {
  override readonly name = 'NoRoom';
  constructor(place: string, versions: readonly string[], most: number) {
    super(`${place} carries at most ${most} versions, and ${versions.join(', ')} are asked of it: one of them must leave it first`);
  }
}

/** The source has no such revision on its mainline. */
export class UnknownRevision extends GroundswellError {
  override readonly name = 'UnknownRevision';
  readonly revision: string;
  constructor(revision: string) {
    super(`revision: '${revision}'; expected a commit of the mainline`);
    this.revision = revision;
  }
}

/** Where the commits come from does not tell of them: it is away, or does not let us, or is not there. */
export class SourceUnreadable extends GroundswellError {
  override readonly name = 'SourceUnreadable';
  readonly repository: string;
  constructor(repository: string, why: string, options?: ErrorOptions) {
    super(`${repository} cannot be read: ${why}`, options);
    this.repository = repository;
  }
}

/** What is stored was written by a newer version of Groundswell. */
export class NewerSchema extends GroundswellError {
  override readonly name = 'NewerSchema';
  constructor(what: string, found: number, known: number) {
    super(`${what} has schema version ${found}; this version of Groundswell knows up to ${known}: update it`);
  }
}

/** A newer attempt of the release's execution has taken over: an older one does nothing more. */
export class StaleAttempt extends GroundswellError {
  override readonly name = 'StaleAttempt';
  constructor(release: number, attempt: number, current: number) {
    super(`attempt ${attempt} of release ${release} is over: attempt ${current} goes on`);
  }
}

/** What is stored under a stream and sequence number is no commit. Nothing after it can be believed. */
export class BrokenLog extends GroundswellError {
  override readonly name = 'BrokenLog';
  constructor(where: string, fault: string, options?: ErrorOptions) {
    super(`${where} is no commit: ${fault}`, options);
  }
}
