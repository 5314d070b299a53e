import * as z from 'zod';
import { clientConfig } from '../clients.ts';
import { named, readEnvironment } from '../environment.ts';

/** Set by Lambda. */
const environment = z.object({ AWS_REGION: named });

/** Of clients that work in the function's own Region, as itself. */
export const homeConfig = () => clientConfig({ region: readEnvironment(environment).AWS_REGION, role: null });
