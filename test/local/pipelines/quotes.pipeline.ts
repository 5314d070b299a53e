import { git, highSeverityAlarms, wavesOf } from 'groundswell';
import FrontEnd, { rehearsal as example } from '../../../examples/front-end/groundswell.pipeline.ts';

/** Customers only ask for quotes: when their dependency is down, every request fails. */
export const rehearsal = { ...example, requests: example.requests.filter((kind) => kind.name === 'QuoteShipping') };

/** One bad minute is enough for its alarms, where the example's need two of three. */
export default class Quotes extends FrontEnd {
  override source = git('good');
  override waves = wavesOf(['eu-south-2']);

  override bake() {
    return { ...super.bake(), dataPoints: [] };
  }

  override alarms() {
    const { service, ...others } = highSeverityAlarms();
    return { ...others, service: service.map((alarm) => ({ ...alarm, datapoints: 1, periods: 1 })) };
  }
}
