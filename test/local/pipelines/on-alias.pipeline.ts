import { lambdaAlias } from 'groundswell';
import Short, { rehearsal } from './short.pipeline.ts';

export { rehearsal };

/** As the team deploys it to AWS. */
export default class OnAlias extends Short {
  override target = lambdaAlias({ functionName: 'front-end', alias: 'live', healthCheck: { payload: { path: '/health' } } });
}
