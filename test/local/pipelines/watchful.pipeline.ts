import SingleGood, { rehearsal } from './single-good.pipeline.ts';

export { rehearsal };

/** Only the good release, which an alarm of the organisation may hold up. */
export default class Watchful extends SingleGood {
  override organisationAlarms = ['arn:aws:cloudwatch:us-east-1:123456789012:alarm:LargeScaleEvent'];
}
