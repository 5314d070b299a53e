import type { BakeLook } from './bake/baking.ts';
import type { Look } from './entry/entering.ts';
import type { ExpediteCommand } from './entry/expediting.ts';
import type { AlarmLook } from './entry/raised.ts';
import type { Blocker, Measurement } from './events.ts';
import type { PipelineDefinition } from './pipeline/definition.ts';
import type { BuildResult, CellReading, Instant, Revision, Version } from './ports.ts';
import type { Presence } from './rollback/presence.ts';

interface OfRelease {
  readonly pipeline: string;
  readonly release: number;
}

interface OfCell extends OfRelease {
  readonly cell: string;
  readonly epoch: number;
}

export interface BatchRecord {
  readonly batch: number;
  readonly boxes: readonly string[];
  readonly healthyTaken: number | null;
  readonly healthy: number;
  readonly size: number;
  readonly addBox: boolean;
  readonly removeAdded: boolean;
  readonly fewBoxes: 'add' | 'accept';
}

/** Where a person takes a release back: in the wave that it is in, in one that is named, in one Region, or wherever it runs. */
export type Where =
  | { readonly kind: 'its wave' }
  | { readonly kind: 'wave'; readonly wave: string }
  | { readonly kind: 'region'; readonly region: string }
  | { readonly kind: 'everywhere' };

/** What is asked of a decision. What was seen of the world comes with it; time is `Decided.at`. */
export type Command =
  | {
      readonly type: 'DefinePipeline';
      readonly pipeline: string;
      readonly hash: string;
      readonly definition: PipelineDefinition;
      readonly baseline: string | null;
    }
  /** `after` is the newest release that the writer knew of: if there is another by now, nothing happens and it must look again. */
  | {
      readonly type: 'CreateRelease';
      readonly pipeline: string;
      readonly revision: string;
      readonly parent: number | null;
      readonly revisions: readonly Revision[];
      readonly after: number;
    }
  | ({ readonly type: 'RecordBuild'; readonly result: BuildResult } & OfRelease)
  | ({ readonly type: 'EnterStep'; readonly look: Look } & OfRelease)
  /** `look` is the person's own: the alarms as they are when the override is asked for. `region`: only there, where the blocker has a Region. */
  | ({
      readonly type: 'OverrideBlocker';
      readonly kind: Blocker['kind'];
      readonly region: string | null;
      readonly person: string;
      readonly reason: string;
      readonly until: Instant;
      readonly look: Look;
    } & OfRelease)
  /** An alarm that the release entered against may be in ALARM still at the expiry of its override. */
  | ({ readonly type: 'EndOverride'; readonly look: AlarmLook } & OfRelease)
  | ({ readonly type: 'StartDeployment'; readonly reading: CellReading; readonly to: Version } & OfCell)
  | ({ readonly type: 'RecordBatch' } & BatchRecord & OfCell)
  | ({ readonly type: 'SucceedDeployment' } & OfCell)
  /** `fault`: whether the release made it fail, or the target did, which cannot be reached or was changed by hand. */
  | ({ readonly type: 'FailDeployment'; readonly text: string; readonly fault: 'release' | 'target' } & OfCell)
  | ({ readonly type: 'StartBake' } & OfRelease)
  | ({ readonly type: 'EvaluateBake'; readonly look: BakeLook } & OfRelease)
  /** The page that was requested for this wait has gone out. */
  | ({ readonly type: 'RecordPage'; readonly scope: string; readonly since: Instant } & OfRelease)
  | {
      readonly type: 'RaiseAlarm';
      readonly region: string;
      readonly arn: string;
      readonly changedAt: Instant;
      readonly measured: Measurement | null;
      /** Presences of the team's other services. */
      readonly elsewhere: readonly Presence[];
    }
  | ({ readonly type: 'RecordCellBack' } & OfCell)
  | ({ readonly type: 'FailCellBack'; readonly text: string } & OfCell)
  | ({ readonly type: 'FinishRollback' } & OfRelease)
  | ({ readonly type: 'ResumeRelease'; readonly attempt: number; readonly reason: string } & OfRelease)
  | ({ readonly type: 'RollBack'; readonly where: Where; readonly by: string; readonly reason: string } & OfRelease)
  | ({ readonly type: 'LiftQuarantine'; readonly by: string; readonly reason: string } & OfRelease)
  | ExpediteCommand
  | { readonly type: 'HoldPipeline'; readonly pipeline: string; readonly reason: string; readonly heldBy: string }
  /** `back`: cells whose rollback had failed, and that the target says run what they should. */
  | {
      readonly type: 'ResumePipeline';
      readonly pipeline: string;
      readonly by: string;
      readonly reason: string;
      readonly back: readonly { readonly cell: string; readonly epoch: number }[];
    };
