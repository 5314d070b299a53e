import { describe, expect, it } from 'vitest';
import { withPipeline } from '../../local/which-pipeline.ts';

const ONE = ['orders/FrontEndApi/application'];
const TWO = [...ONE, 'orders/FrontEndApi/configuration'];

describe('the pipeline that a command means', () => {
  it.each([
    ['the only one', ONE, { release: '4' }, { release: '4', pipeline: ONE[0] }],
    ['one by its name', TWO, { pipeline: 'configuration' }, { pipeline: TWO[1] }],
    ['the one of a release', TWO, { release: 'configuration/4' }, { release: '4', pipeline: TWO[1] }],
    ['the only one by its name', ONE, { release: 'application/4' }, { release: '4', pipeline: ONE[0] }],
  ])('is %s', (_, pipelines, given, expected) => {
    expect(withPipeline(pipelines, given)).toEqual(expected);
  });

  it.each([
    ['none is named among several', TWO, { release: 4 }, 'pipeline: none is named; expected one of application, configuration'],
    ['there is none of the name', ONE, { release: 'tools/4' }, "pipeline: 'tools'; expected one of application"],
  ])('is refused when %s', (_, pipelines, given, message) => {
    expect(() => withPipeline(pipelines, given)).toThrow(message);
  });
});
