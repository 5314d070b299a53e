import { git } from 'groundswell';
import Short, { rehearsal } from './short.pipeline.ts';

export { rehearsal };

/** Only the good release. */
export default class SingleGood extends Short {
  override source = git('good');
}
