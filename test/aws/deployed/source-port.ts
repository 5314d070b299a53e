import * as z from 'zod';
import { named, readEnvironment } from '../../../aws/environment.ts';
import type { SourceDefinition } from '../../../domain/pipeline/source.ts';
import type { Source } from '../../../domain/ports.ts';
import { GitSource } from '../../../local/git-source.ts';

const environment = z.object({ REPOSITORY: named });

/** A repository on this machine as the source: the emulator's functions are processes of it. */
export function source(): Source {
  const { REPOSITORY } = readEnvironment(environment);
  const open = (of: SourceDefinition) => GitSource.open(REPOSITORY, [of]);
  return {
    newest: async (of, revision) => (await open(of)).newest(of, revision),
    isAncestor: async (of, ancestor, descendant) => (await open(of)).isAncestor(of, ancestor, descendant),
    revisions: async (of, from, to) => (await open(of)).revisions(of, from, to),
  };
}
