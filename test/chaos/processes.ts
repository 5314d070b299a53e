import type { Command } from '../../domain/commands.ts';
import type { LineCommand } from '../../domain/entry/line.ts';
import { LostRace } from '../../domain/errors.ts';
import type { Clock, Commit, EventLog } from '../../domain/ports.ts';
import { Line, Service, type StreamPorts } from '../../functions/decide.ts';
import type { Ports } from '../../functions/ports.ts';
import { type Gate, gated, type Invocation, type Pass } from './gate.ts';

/** A commit with what made it. */
export interface Recorded {
  readonly commit: Commit;
  readonly command: Command | LineCommand;
  readonly atMs: number;
  /** How far the writer's clock was off. */
  readonly skewMs: number;
}

/** A process that runs functions, one at a time, with a clock and a memory of its own. */
export interface Process {
  readonly ports: Ports;
  invocation: Invocation;
  isBusy: boolean;
}

export interface ProcessOptions {
  /** What all processes share. */
  readonly shared: Omit<Ports, 'service' | 'line' | 'clock'>;
  readonly log: EventLog;
  readonly gate: Gate;
  readonly nowMs: () => number;
  readonly skewMs: number;
  readonly onCommit: (recorded: Recorded) => void;
  readonly onLostRace: () => void;
}

/** The code that folds: snapshots are of it. */
const CODE = 'test';

export function startProcess({ shared, log, gate, nowMs, skewMs, onCommit, onLostRace }: ProcessOptions): Process {
  const clock: Clock = { now: () => new Date(nowMs() + skewMs).toISOString() };
  const pass: Pass = (on, go) => gate.pass(on, process.invocation, go);
  const ports = gated({ ...shared, clock }, pass);
  const portsOf = (recorder: Recorder): StreamPorts => ({
    views: ports.views,
    clock,
    code: CODE,
    backOff: async () => {},
    log: {
      append: (commit) => {
        const { command } = recorder;
        return pass('append', async () => {
          await log.append(commit).catch((thrown: unknown) => {
            if (thrown instanceof LostRace) onLostRace();
            throw thrown;
          });
          if (command !== null) onCommit({ commit, command, atMs: nowMs(), skewMs });
        });
      },
      read: (stream, after) => readThrough(pass, log, stream, after),
    },
  });
  const process: Process = {
    isBusy: false,
    invocation: { startedMs: nowMs(), isDead: false },
    ports: {
      ...ports,
      service: remembered(
        ({ stream }: { stream: string }) => stream,
        (stream) => recordingService(stream, portsOf),
      ),
      line: remembered(
        (stream: string) => stream,
        (stream) => recordingLine(stream, portsOf),
      ),
    },
  };
  return process;
}

function remembered<Id, T>(streamOf: (id: Id) => string, make: (stream: string) => T): (id: Id) => T {
  const known = new Map<string, T>();
  return (id) => {
    const stream = streamOf(id);
    const one = known.get(stream) ?? make(stream);
    known.set(stream, one);
    return one;
  };
}

async function* readThrough(pass: Pass, log: EventLog, stream: string, after: number | undefined): AsyncIterable<Commit> {
  yield* await pass('read', async () => log.read(stream, after));
}

/** The command that a stream decides at the moment. */
interface Recorder {
  command: Command | LineCommand | null;
}

function recordingService(stream: string, portsOf: (recorder: Recorder) => StreamPorts): Service {
  const recorder: Recorder = { command: null };
  return new (class extends Service {
    override decide(...[command, ...rest]: Parameters<Service['decide']>) {
      recorder.command = command;
      return super.decide(command, ...rest);
    }
  })(stream, portsOf(recorder));
}

function recordingLine(stream: string, portsOf: (recorder: Recorder) => StreamPorts): Line {
  const recorder: Recorder = { command: null };
  return new (class extends Line {
    override decide(...[command, ...rest]: Parameters<Line['decide']>) {
      recorder.command = command;
      return super.decide(command, ...rest);
    }
  })(stream, portsOf(recorder));
}
