import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { eventsDoc } from '../../scripts/write-events-doc.ts';

it('docs/events.md is what the schemas say', () => {
  expect(readFileSync(new URL('../../docs/events.md', import.meta.url), 'utf8')).toBe(eventsDoc());
});
