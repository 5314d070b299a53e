import { describe, expect, it } from 'vitest';
import {
  decideLine,
  evolveLine,
  initialLine,
  isSameTurn,
  isTurnOver,
  type LineCommand,
  type LineState,
  type Turn,
} from '../../domain/entry/line.ts';
import { initialState } from '../../domain/state.ts';
import { pipelineOf, Story } from './story.ts';

const R1 = 'eu-west-1';
const R2 = 'us-east-1';
const TURN: Turn = { service: 'Orders', pipeline: 'application', release: 3, stage: 'wave-1', returns: 1 };
const OTHERS: readonly Turn[] = [
  { ...TURN, service: 'Payments' },
  { ...TURN, pipeline: 'configuration' },
  { ...TURN, release: 4 },
  { ...TURN, stage: 'wave-2' },
  { ...TURN, returns: 2 },
];

const lineAfter = (...commands: readonly LineCommand[]): LineState =>
  commands.reduce((line, command) => decideLine(command, line).reduce(evolveLine, line), initialLine);
const take = (turn: Turn, over: Turn | null = null): LineCommand => ({ type: 'TakeTurn', turn, over });

describe('a line', () => {
  it('is joined by each member once', () => {
    const join = (member: string): LineCommand => ({ type: 'JoinLine', member });
    const joined = lineAfter(join('Orders'), join('Payments'));
    expect(joined.members).toEqual(['Orders', 'Payments']);
    expect(decideLine(join('Orders'), joined)).toEqual([]);
  });

  it('is stopped by the first who says so, and restarted once', () => {
    const stop = (stoppedBy: string): LineCommand => ({ type: 'StopLine', reason: `${stoppedBy} saw smoke`, stoppedBy });
    const restart: LineCommand = { type: 'RestartLine', reason: 'no smoke', restartedBy: 'bob' };
    const stopped = lineAfter(stop('ada'), stop('eve'));
    expect(stopped.stopped).toEqual({ reason: 'ada saw smoke', by: 'ada' });
    expect(decideLine(stop('eve'), stopped)).toEqual([]);
    expect(decideLine(restart, stopped)).toEqual([{ type: 'LineRestarted', reason: 'no smoke', restartedBy: 'bob' }]);
    expect(lineAfter(stop('ada'), restart).stopped).toBeNull();
    expect(decideLine(restart, initialLine)).toEqual([]);
  });
});

describe('the turn to return', () => {
  it('is taken while nobody has it, once', () => {
    expect(decideLine(take(TURN), initialLine)).toEqual([{ type: 'TurnTaken', ...TURN }]);
    expect(lineAfter(take(TURN)).turn).toEqual(TURN);
    expect(decideLine(take(TURN), lineAfter(take(TURN)))).toEqual([]);
    expect(decideLine(take(TURN, TURN), lineAfter(take(TURN)))).toEqual([]);
  });

  it.each(OTHERS)('is another for %j, which does not get it while the first has it', (other) => {
    expect(isSameTurn(TURN, other)).toBe(false);
    expect(decideLine(take(other), lineAfter(take(TURN)))).toEqual([]);
    expect(decideLine(take(other, other), lineAfter(take(TURN)))).toEqual([]);
  });

  it('goes over from a holder that can use it no more, and from no other', () => {
    const [other = TURN] = OTHERS;
    expect(decideLine(take(other, TURN), lineAfter(take(TURN)))).toEqual([
      { type: 'TurnGivenBack', ...TURN },
      { type: 'TurnTaken', ...other },
    ]);
    expect(lineAfter(take(TURN), take(other, TURN)).turn).toEqual(other);
  });

  it('of nobody is nobody’s', () => {
    expect([isSameTurn(null, TURN), isSameTurn(TURN, null), isSameTurn(null, null)]).toEqual([false, false, false]);
  });

  it('is given back by its release alone', () => {
    const { service, pipeline, release } = TURN;
    const give = (over: Partial<Turn> = {}): LineCommand => ({ type: 'GiveTurnBack', service, pipeline, release, ...over });
    const taken = lineAfter(take(TURN));
    expect(decideLine(give(), taken)).toEqual([{ type: 'TurnGivenBack', ...TURN }]);
    expect(lineAfter(take(TURN), give()).turn).toBeNull();
    for (const over of [{ service: 'Payments' }, { pipeline: 'configuration' }, { release: 4 }])
      expect(decideLine(give(over), taken)).toEqual([]);
    expect(decideLine(give(), initialLine)).toEqual([]);
  });
});

describe('a turn of a release', () => {
  /** Release 1 has come back to its first wave once, beside one of another service. */
  function returned(): { s: Story; turn: Turn } {
    const s = new Story(pipelineOf([[R1], [R2]]));
    const other = new Story(pipelineOf([[R1]], ['A'], { service: 'Orders' }), s);
    s.arrives(1).enters(1).deploys(1);
    other.arrives(1).enters(1).deploys(1);
    s.hears(R1, s.alarm(R1, 'ALARM'));
    s.goesBack().alarm(R1, 'OK');
    s.pass(31 * 60);
    return { s, turn: { service: 'FrontEndApi', pipeline: 'application', release: 1, stage: 'wave-1', returns: 1 } };
  }

  it('is its while it waits at the door and while it is in, and over when it is promoted out of the wave', () => {
    const { s, turn } = returned();
    expect(isTurnOver(turn, s.state)).toBe(false);
    s.enters(1);
    expect(isTurnOver(turn, s.state)).toBe(false);
    s.deploys(1).bakes(1);
    expect(isTurnOver(turn, s.state)).toBe(false);
    s.goesThrough(1);
    expect([s.release(1).status, isTurnOver(turn, s.state)]).toEqual(['waiting', true]);
    s.enters(1);
    expect(isTurnOver(turn, s.state)).toBe(true);
  });

  it('is over from the moment when it leaves', () => {
    const { s, turn } = returned();
    s.enters(1).failsOn(1, `${R1}/one-box`);
    expect([s.release(1).status, isTurnOver(turn, s.state)]).toEqual(['goingBack', true]);
    s.goesBack();
    expect([s.release(1).status, isTurnOver(turn, s.state)]).toEqual(['rolledBack', true]);
  });

  it('is over when it was of an earlier return, or of another stage than it waits for', () => {
    const { s, turn } = returned();
    expect(isTurnOver({ ...turn, returns: 0 }, s.state)).toBe(true);
    expect(isTurnOver({ ...turn, stage: 'wave-2' }, s.state)).toBe(true);
  });

  it('is over where the log knows neither the release nor the pipeline', () => {
    const { s, turn } = returned();
    expect(isTurnOver({ ...turn, release: 7, returns: 0 }, s.state)).toBe(true);
    expect(isTurnOver(turn, initialState)).toBe(true);
  });
});
