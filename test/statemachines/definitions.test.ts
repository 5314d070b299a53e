import { readFileSync } from 'node:fs';
import validate from 'asl-validator';
import { describe, expect, it } from 'vitest';
import * as errors from '../../domain/errors.ts';
import { FUNCTION_IDS } from '../../functions/handlers.ts';
import { type Machine, placeholders, type State } from '../../local/asl/definition.ts';
import { lint } from '../../local/asl/lint.ts';
import { loadMachines } from '../../local/runtime.ts';

const MACHINES = ['release', 'wave', 'step', 'deployment', 'watch'];
const read = (name: string) => readFileSync(new URL(`../../statemachines/${name}.asl.json`, import.meta.url), 'utf8');
const parse = (name: string) => JSON.parse(read(name)) as Machine;

const tasksOf = (states: Readonly<Record<string, State>>): State[] =>
  Object.values(states).flatMap((s) => [s, ...tasksOf(s.ItemProcessor?.States ?? {})]);

describe.each(MACHINES)('the %s machine', (name) => {
  it('is valid ASL', () => {
    const { isValid, errorsText } = validate(JSON.parse(read(name)));
    expect(isValid, isValid ? '' : errorsText()).toBe(true);
  });

  it('keeps the rules of the house', () => {
    expect(lint(parse(name))).toEqual([]);
  });
});

describe('the lint', () => {
  const broken = (change: (states: Record<string, State>) => void): readonly string[] => {
    const machine = parse('watch');
    const states = structuredClone(machine.States) as Record<string, State>;
    change(states);
    return lint({ ...machine, States: states });
  };
  const edit = (name: string, over: Partial<State> & Record<string, unknown>) =>
    broken((states) => {
      states[name] = { ...states[name], ...over } as State;
    });

  it.each<[string, readonly string[], RegExp]>([
    [
      'a task without a time-out',
      broken((s) => {
        delete (s['Take a look'] as { TimeoutSeconds?: unknown }).TimeoutSeconds;
      }),
      /no TimeoutSeconds/,
    ],
    ['a task without a catch', edit('Take a look', { Catch: [] }), /no Catch/],
    ['a task without retries', edit('Take a look', { Retry: [] }), /no Retry with jitter of Lambda\.ServiceException/],
    ['an unassigned variable', edit('Take a look', { Output: '{% $nobody %}' }), /\$nobody is never assigned/],
    ['a result where there is none', edit('What does the look say?', { Output: '{% $states.result %}' }), /Choice has no \$states\.result/],
    ['JSONPath', edit('Take a look', { ResultPath: '$.x' }), /ResultPath is JSONPath/],
    ['arithmetic', edit('Take a look', { Output: '{% $looks + 1 %}' }), /more than a plain expression/],
    ['a way out of its scope', edit('Take a look', { Next: 'Elsewhere' }), /goes to 'Elsewhere'/],
    [
      'States.ALL among others',
      edit('Take a look', { Catch: [{ ErrorEquals: ['States.ALL', 'X'], Next: 'Watch interrupted' }] }),
      /must stand alone/,
    ],
  ])('finds %s', (_, faults, expected) => {
    expect(faults.join('\n')).toMatch(expected);
  });
});

describe('the machines together', () => {
  it('call every function there is, and none that is not', () => {
    const wanted = MACHINES.flatMap((m) => placeholders(read(m))).filter((p) => !p.endsWith('Machine'));
    expect([...new Set(wanted)].toSorted()).toEqual([...FUNCTION_IDS].toSorted());
    expect(Object.keys(loadMachines())).toEqual(MACHINES);
  });

  it('match only errors that exist', () => {
    const ours = Object.values(errors).map((e) => e.name);
    const named = MACHINES.flatMap((m) => tasksOf(parse(m).States)).flatMap((s) =>
      [...(s.Retry ?? []), ...(s.Catch ?? [])].flatMap((r) => r.ErrorEquals),
    );
    const unknown = [...new Set(named)].filter((e) => !/^(States|Lambda|StepFunctions|Sandbox)\./.test(e) && !ours.includes(e));
    expect(unknown).toEqual([]);
  });
});
