import { describe, expect, test } from 'vitest';
import { portClosed, portsToTry } from './rtp-ports';

const HOST = '192.0.2.1';

describe('the ports of a range', () => {
  test('are the even ones that have a next one, each once, from any of them on', () => {
    expect(portsToTry(HOST, [5001, 5008], false, 0, () => 0)).toEqual([5002, 5004, 5006]);
    expect(portsToTry(HOST, [5001, 5008], false, 0, () => 0.5)).toEqual([5004, 5006, 5002]);
    expect(portsToTry(HOST, [5001, 5004], true, 0, () => 0.99)).toEqual([5004, 5001, 5002, 5003]);
    expect(portsToTry(HOST, [5002, 5003], false, 0)).toEqual([5002]);
  });

  test('that were closed a moment ago come last, the longest closed first, until they have rested', () => {
    portClosed(HOST, 6004, 1000);
    portClosed(HOST, 6000, 2000);
    portClosed('192.0.2.2', 6002, 2000);
    expect(portsToTry(HOST, [6000, 6007], false, 3000, () => 0)).toEqual([6002, 6006, 6004, 6000]);
    expect(portsToTry(HOST, [6000, 6007], false, 31_500, () => 0)).toEqual([6002, 6004, 6006, 6000]);
    expect(portsToTry(HOST, [6000, 6007], false, 40_000, () => 0)).toEqual([6000, 6002, 6004, 6006]);
  });

  test('used call after call: none comes again while there are others', () => {
    const used: number[] = [];
    for (let call = 0; call < 10; call++) {
      const port = portsToTry(HOST, [7000, 7019], false, 100_000 + call)[0]!;
      used.push(port);
      portClosed(HOST, port, 100_000 + call);
    }
    expect(new Set(used).size).toBe(10);
    // All were used: now the one that has rested longest.
    expect(portsToTry(HOST, [7000, 7019], false, 100_020)[0]).toBe(used[0]);
  });
});
