declare module 'dynalite' {
  import type { Server } from 'node:http';
  /** `path`: folder of the tables, in memory without it. */
  export default function dynalite(options: {
    createTableMs?: number;
    deleteTableMs?: number;
    updateTableMs?: number;
    path?: string;
  }): Server;
}
