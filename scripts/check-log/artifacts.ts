import { type Moment, type Pipeline, pipelineOf, type Release, releaseOf } from './book.ts';
import type { LogEvent, Version } from './events.ts';
import { broken } from './finding.ts';
import { isOfLine } from './lines.ts';

/** I10. What runs in production was built once, and has the checksum of that build. Reviews and signatures are in no event yet. */
export function* artifacts(event: LogEvent, { book }: Moment) {
  if (event.type === 'AlarmRaised' || isOfLine(event)) return;
  const pipeline = pipelineOf(book, event);
  const release = 'release' in event ? releaseOf(book, event) : undefined;
  if (pipeline === undefined || release === undefined) return;
  if ((event.type === 'BuildSucceeded' || event.type === 'BuildFailed') && (release.checksum !== null || release.isRefused))
    yield broken(10, event, 'is built a second time, expected one build');
  if (event.type === 'StepEntered' && release.checksum === null)
    yield broken(10, event, `enters ${event.step}, expected it to be built first`);
  if (event.type === 'DeploymentStarted' && event.to.release !== release.number)
    yield broken(10, event, `deploys release ${event.to.release}, expected its own artifact`);
  for (const version of versionsIn(event)) yield* asBuilt(event, version, pipeline, release);
}

function* asBuilt(event: LogEvent, version: Version, pipeline: Pipeline, release: Release) {
  if (version.release === 0) return;
  const built = version.release === release.number ? release.checksum : pipeline.releases.get(version.release)?.checksum;
  if (version.checksum !== built)
    yield broken(
      10,
      event,
      `release ${version.release} with checksum ${version.checksum.slice(0, 8)}, expected ${built?.slice(0, 8) ?? 'no such build'}`,
    );
}

function versionsIn(event: LogEvent): Version[] {
  if (event.type === 'DeploymentStarted') return [event.was, event.to];
  if (event.type === 'CellRolledBack') return [event.to];
  return event.type === 'RollbackStarted' ? event.cells.map((c) => c.to) : [];
}
