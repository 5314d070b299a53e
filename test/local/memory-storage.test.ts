import { MemoryLog } from '../../local/memory-log.ts';
import { MemoryViews } from '../../local/memory-views.ts';
import { storageContract } from '../contracts/event-log.ts';

storageContract('memory', async () => ({ log: new MemoryLog(), views: new MemoryViews(), close: async () => {} }));
