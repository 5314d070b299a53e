import type { Example } from '../history/history.ts';

export type ConfigurationCommit = 'baseline' | 'carrierOfTheHour' | 'innocent' | 'failing' | 'failingReverted';

/** A service whose code and configuration are two pipelines of one repository. 2026-11-16 is a Monday. */
export const CONFIGURATION: Example<ConfigurationCommit> = {
  folder: 'configuration-history/',
  files: {
    'front-end': ['.gitignore', 'build.mjs', 'groundswell.pipeline.ts', 'src', 'test'],
    'front-end-configuration': ['.gitignore', 'build.mjs', 'carriers.json'],
  },
  pipelineFile: 'front-end-and-configuration.pipeline.ts',
  commits: [
    {
      name: 'baseline',
      author: 'Odile Vantongeren',
      at: '2026-11-13T14:00:00Z',
      message: 'Take, read, list and cancel orders, and say which carrier goes when',
    },
    { name: 'carrierOfTheHour', patch: '1-carrier-of-the-hour.patch' },
    // Monday 09:00, the code: a cancelled order says since when.
    { name: 'innocent', patch: '2-innocent.patch' },
    // Monday 09:30, the configuration: rail begins at 18:00, and coach still ends at 13:00. From 13:00 on every QuoteShipping throws, one request in five.
    { name: 'failing', patch: '3-failing-configuration.patch' },
    {
      name: 'failingReverted',
      author: 'Odile Vantongeren',
      at: '2026-11-16T15:00:00Z',
      reverts: 'failing',
      because: 'The coach still ended at 13:00: from then until 18:00 there was no carrier, and\nno quote.',
    },
  ],
};
