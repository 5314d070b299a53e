import { printLog } from '../../cli/log.ts';

const [data = '', ...flags] = process.argv.slice(2);
await printLog({ data, json: flags.includes('--json'), follow: flags.includes('--follow') });
