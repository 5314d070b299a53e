import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { InvalidInput } from '../../domain/errors.ts';
import { parseInput, toldIssue } from '../../domain/parse-input.ts';

const schema = z.strictObject({
  pipeline: z.string('expected the name of a pipeline'),
  where: z
    .union([
      z.strictObject({ wave: z.string('expected a wave') }),
      z.strictObject({ stage: z.string('expected a stage') }),
      z.strictObject({ region: z.strictObject({ name: z.string('expected a Region') }) }),
    ])
    .optional(),
});

describe('input', () => {
  it('that is good is given as it was parsed', () => {
    expect(parseInput(z.object({ n: z.coerce.number() }), { n: '7', more: 1 })).toEqual({ n: 7 });
  });

  it.each<[string, unknown, string]>([
    ['the field and its value', { pipeline: 7 }, 'pipeline: 7; expected the name of a pipeline'],
    ['the field that is not there', {}, 'pipeline: undefined; expected the name of a pipeline'],
    ['the whole where no field is meant', null, 'the input: null; Invalid input: expected object, received null'],
    [
      'the field inside the last form that it may have',
      { pipeline: 'a', where: { region: { name: 7 } } },
      'where.region.name: 7; expected a Region',
    ],
    [
      'the field inside what is not there',
      { pipeline: 'a', where: {} },
      'where.region: undefined; Invalid input: expected object, received undefined',
    ],
    [
      'no more than the first 80 characters of a long value',
      { pipeline: ['x'.repeat(90)] },
      `pipeline: ["${'x'.repeat(78)}…; expected the name of a pipeline`,
    ],
    ['a value of 80 characters whole', { pipeline: ['x'.repeat(76)] }, `pipeline: ["${'x'.repeat(76)}"]; expected the name of a pipeline`],
    ['a value that JSON cannot tell', { pipeline: 7n }, 'pipeline: 7; expected the name of a pipeline'],
  ])('that is not names %s', (_, given, message) => {
    expect(() => parseInput(schema, given)).toThrow(new InvalidInput(message));
  });

  it('that is not keeps what the schema had to say', () => {
    const thrown = (() => {
      try {
        return parseInput(schema, {});
      } catch (error) {
        return error;
      }
    })();
    expect(thrown).toBeInstanceOf(InvalidInput);
    expect(thrown).toMatchObject({ cause: expect.any(z.ZodError) });
  });

  it('of which nothing is said to be wrong is told whole', () => {
    expect(toldIssue(new z.ZodError([]), { a: 1 })).toBe('the input: {"a":1}');
  });
});
