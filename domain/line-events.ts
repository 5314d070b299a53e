import * as z from 'zod';
import { eventSchema } from './events.ts';

const turn = {
  service: z.string(),
  pipeline: z.string(),
  release: z.int().positive(),
  stage: z.string(),
  /** How often the release had come back before. */
  returns: z.int().nonnegative(),
};

const shapes = {
  /** A service of the team, or on the stream of everything a team. */
  MemberJoined: z.strictObject({ type: z.literal('MemberJoined'), member: z.string() }),
  /** No step of production starts in the team, or anywhere, until the line is restarted. Rollbacks go on. */
  LineStopped: z.strictObject({ type: z.literal('LineStopped'), reason: z.string(), stoppedBy: z.string() }),
  LineRestarted: z.strictObject({ type: z.literal('LineRestarted'), reason: z.string(), restartedBy: z.string() }),
  /** The team's returned releases come back one at a time: this one may enter its stage again. */
  TurnTaken: z.strictObject({ type: z.literal('TurnTaken'), ...turn }),
  TurnGivenBack: z.strictObject({ type: z.literal('TurnGivenBack'), ...turn }),
};

/** Events on the stream of a team (`team#<team>`) or of everything (`everything`). */
export const lineEventSchema = z.discriminatedUnion('type', [
  shapes.MemberJoined,
  shapes.LineStopped,
  shapes.LineRestarted,
  shapes.TurnTaken,
  shapes.TurnGivenBack,
]);

export type LineEvent = z.infer<typeof lineEventSchema>;

/** Any event of the log, on whichever stream. */
export const logEventSchema = z.discriminatedUnion('type', [...eventSchema.options, ...lineEventSchema.options]);

export type LogEvent = z.infer<typeof logEventSchema>;
