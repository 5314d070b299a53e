import { type EntryPort, portsOfTrigger, TRIGGER_IDS, type TriggerId } from '../aws/triggers.ts';
import { WRITE_TIMEOUT_SECONDS } from '../domain/rollback/leaving.ts';
import { FUNCTION_IDS, type FunctionId, portsOf } from '../functions/handlers.ts';
import { type BundledFunction, ownModule } from './bundles.ts';

/** A function of the orchestrator, as it is deployed. */
export interface FunctionSpec extends BundledFunction {
  readonly id: FunctionId | TriggerId;
  /** Who calls it: a state machine by its version, or an event, a stack or a person. */
  readonly kind: 'machine' | 'trigger';
  readonly timeoutSeconds: number;
  readonly memoryMiB: number;
}

/**
 * The domain counts on no write landing later than this after its function began; a call on the way when the function is stopped gets the
 * seconds between. The tasks of the machines wait longer.
 */
const TIMEOUT_SECONDS = WRITE_TIMEOUT_SECONDS - 5;
/** All pipelines, one after the other. */
const RECONCILE_TIMEOUT_SECONDS = 300;

/** CPU comes with memory; archives are read and hashed in it. */
const memoryMiB = (uses: readonly EntryPort[]): number => (uses.some((port) => port === 'target' || port === 'builder') ? 1024 : 512);

const HANDLERS = { module: ownModule('functions/handlers'), name: 'handlerOf' };
const TRIGGERS = { module: ownModule('aws/triggers'), name: 'triggerOf' };

const ofMachine = (id: FunctionId): FunctionSpec => {
  const uses = portsOf(id);
  return { id, kind: 'machine', maker: HANDLERS, uses, timeoutSeconds: TIMEOUT_SECONDS, memoryMiB: memoryMiB(uses) };
};

const ofTrigger = (id: TriggerId): FunctionSpec => {
  const uses = portsOfTrigger(id);
  const timeoutSeconds = id === 'Reconcile' ? RECONCILE_TIMEOUT_SECONDS : TIMEOUT_SECONDS;
  return { id, kind: 'trigger', maker: TRIGGERS, uses, timeoutSeconds, memoryMiB: memoryMiB(uses) };
};

/** The role of a function, wherever it is said. */
export const functionRoleName = (orchestrator: string, id: FunctionSpec['id']): string => `${orchestrator}-${id}`;

export const FUNCTIONS: readonly FunctionSpec[] = [...FUNCTION_IDS.map(ofMachine), ...TRIGGER_IDS.map(ofTrigger)];
