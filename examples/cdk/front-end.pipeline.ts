import { codeCommit, lambdaAlias } from 'groundswell';
import FrontEnd from '../front-end/groundswell.pipeline.ts';

export const FUNCTION = 'FrontEndApi';

/** The example service as it is deployed on AWS: the same pipeline, from CodeCommit to an alias of a Lambda function in each Region. */
export class DeployedFrontEnd extends FrontEnd {
  override source = codeCommit('front-end');
  override target = lambdaAlias({ functionName: FUNCTION, alias: 'live', healthCheck: { payload: { operation: 'ListOrders' } } });
}
