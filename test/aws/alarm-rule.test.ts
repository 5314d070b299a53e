import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyInAlarm, childrenIn } from '../../aws/alarm-rule.ts';

describe('the children of a composite alarm', () => {
  it.each([
    ['ALARM("orders/api/High_Severity")', ['orders/api/High_Severity']],
    ['ALARM(CPUUtilizationTooHigh) AND NOT ALARM(DeploymentInProgress)', ['CPUUtilizationTooHigh', 'DeploymentInProgress']],
    ['(ALARM(CPU) OR ALARM(Disk)) AND OK(Network)', ['CPU', 'Disk', 'Network']],
    ['INSUFFICIENT_DATA("a b") OR ALARM( c d )', ['a b', 'c d']],
    ['ALARM("odd (name) AND OR") OR ALARM(x)', ['odd (name) AND OR', 'x']],
    ['ALARM(a)\n  OR ALARM(a)\n', ['a']],
    ['NOT (NOT ALARM(a))', ['a']],
    ['ALARM(arn:aws:cloudwatch:eu-west-1:111122223333:alarm:a)', ['arn:aws:cloudwatch:eu-west-1:111122223333:alarm:a']],
    ['AT_LEAST(2, ALARM, (a, "b, c", d)) AND TRUE', ['a', 'b, c', 'd']],
    ['AT_LEAST(60%, NOT OK, ("a"))', ['a']],
    ['FALSE', []],
  ])('of %s are %j', (rule, children) => {
    expect(childrenIn(rule)).toEqual(children);
  });

  it.each([
    '',
    ' ',
    'ALARM()',
    'ALARM(a',
    'ALARM(a) ALARM(b)',
    'ALARM(a) OR',
    'OR ALARM(a)',
    'ALARM(a) XOR ALARM(b)',
    '(ALARM(a)',
    'ALARM(a))',
    '()',
    'NOT',
    'SOMETIMES("a")',
    'AT_LEAST(two, ALARM, (a))',
    'AT_LEAST(1, ALARM, ())',
    'ALARM("a"b)',
  ])('are not guessed at in %j', (rule) => {
    expect(childrenIn(rule)).toBeNull();
  });
});

describe('a composite of any number of alarms', () => {
  const name = fc.stringMatching(/^[A-Za-z0-9._/-]{1,200}$/);

  it('is a tree of composites that CloudWatch takes, with every alarm in it once', () => {
    fc.assert(
      fc.property(fc.uniqueArray(name, { minLength: 1, maxLength: 400 }), (children) => {
        const rules = anyInAlarm('team/Top', children);
        expect(rules.at(-1)?.name).toBe('team/Top');
        const made = new Set<string>();
        const leaves: string[] = [];
        for (const rule of rules) {
          const below = childrenIn(rule.rule) ?? [];
          expect(rule.rule.length).toBeLessThanOrEqual(10_240);
          expect(below.length).toBeLessThanOrEqual(100);
          for (const child of below) if (!made.delete(child)) leaves.push(child);
          made.add(rule.name);
        }
        expect([...made]).toEqual(['team/Top']);
        expect(leaves.toSorted()).toEqual(children.toSorted());
      }),
      { numRuns: 60 },
    );
  });

  it('has parts of a hundred, and no more parts than that', () => {
    const children = Array.from({ length: 10_001 }, (_, i) => `a${i}`);
    const rules = anyInAlarm('orders/Top', children.slice(0, 10_000));
    expect(rules.map((r) => r.name)).toEqual([...Array.from({ length: 100 }, (_, i) => `orders/Top/${i + 1}`), 'orders/Top']);
    expect(() => anyInAlarm('orders/Top', children)).toThrow(
      /^orders\/Top: 10001 alarms, in 101 parts; expected at most 100 parts of at most 100/,
    );
  });

  it('has none whose name would end its quotes', () => {
    expect(() => anyInAlarm('top', ['a") OR TRUE OR ALARM("b'])).toThrow(/^top: alarm 'a"\) OR .*expected a name without/);
  });

  it('of none is never in ALARM', () => {
    expect(anyInAlarm('top', [])).toEqual([{ name: 'top', rule: 'FALSE' }]);
  });
});
