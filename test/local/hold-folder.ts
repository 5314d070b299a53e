import { DynamoLog } from '../../aws/dynamo-log.ts';
import { GroundswellError } from '../../domain/errors.ts';
import { openDataFolder } from '../../local/data-folder.ts';
import { held } from '../contracts/service-ports.ts';
import { wantedOf } from './wanted.ts';

/** A process that rehearses: it opens the folder, says so, and writes a commit for every line that it is told, until it is told `end`. */
try {
  const folder = await openDataFolder(process.argv[2] ?? '', wantedOf());
  const log = new DynamoLog(folder.database.client);
  process.stdout.write(`open ${process.pid}\n`);
  let seq = 0;
  process.stdin.setEncoding('utf8').on('data', async (text: string) => {
    if (text.startsWith('end')) {
      process.stdin.destroy();
      return folder.close();
    }
    seq++;
    const commit = {
      stream: 'service#team/service',
      seq,
      at: '2026-11-02T09:00:00.000Z',
      by: 'test',
      commandId: `c${seq}`,
      schemaVersion: 1,
    };
    await log.append({ ...commit, events: [held('application', text.trim())] });
    process.stdout.write(`wrote ${seq}\n`);
  });
} catch (error) {
  if (!(error instanceof GroundswellError)) throw error;
  process.stdout.write(`refused ${error.message}\n`);
}
