import { describe, expect, test } from 'vitest';
import { RegisterGate } from './register-gate';

describe('a gate', () => {
  test('lets so many in at a time, in order, for each registrar', async () => {
    const gate = new RegisterGate(2);
    const inside: string[] = [];
    const leave = new Map<string, () => void>();
    const visit = (registrar: string, name: string) =>
      gate.run(registrar, () => {
        inside.push(name);
        return new Promise<string>((resolve) => leave.set(name, () => resolve(name)));
      });
    const visits = ['a', 'b', 'c', 'd', 'e'].map((name) => visit('one', name));
    void visit('two', 'other');
    expect(inside).toEqual(['a', 'b', 'other']);
    leave.get('b')!();
    expect(await visits[1]).toBe('b');
    expect(inside).toEqual(['a', 'b', 'other', 'c']);
    expect(gate.inside).toBe(3);
    for (const name of ['a', 'c', 'd', 'e']) {
      leave.get(name)!();
      await Promise.resolve();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(inside).toEqual(['a', 'b', 'other', 'c', 'd', 'e']);
    leave.get('other')!();
    await new Promise((resolve) => setImmediate(resolve));
    expect(gate.inside).toBe(0);
  });

  test('who fails makes room too', async () => {
    const gate = new RegisterGate(1);
    const failing = gate.run('one', () => Promise.reject(new Error('no')));
    const next = gate.run('one', async () => 'in');
    await expect(failing).rejects.toThrow('no');
    expect(await next).toBe('in');
    expect(gate.inside).toBe(0);
  });
});
