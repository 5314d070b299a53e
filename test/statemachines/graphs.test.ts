import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { draw, machineFiles, pictureOf } from '../../scripts/write-machine-graphs.ts';

describe('the pictures of the state machines', () => {
  it.each(machineFiles())('%s is drawn as it is, and shown by the README', async (file) => {
    expect(readFileSync(pictureOf(file), 'utf8')).toBe(await draw(file));
    expect(readFileSync('statemachines/README.md', 'utf8')).toContain(`(${pictureOf(file).replace('statemachines/', '')})`);
  });
});
