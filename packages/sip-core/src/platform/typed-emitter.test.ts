import { afterEach, expect, test, vi } from 'vitest';
import { TypedEmitter } from './typed-emitter';

interface Events {
  ring: [line: number, caller: string];
  stop: [];
}

afterEach(() => TypedEmitter.onListenerError());

test('listeners are called in order with the arguments of the event', () => {
  const emitter = new TypedEmitter<Events>();
  const heard: string[] = [];
  emitter.on('ring', (line, caller) => heard.push(`first ${line} ${caller}`));
  emitter.on('ring', (line) => heard.push(`second ${line}`));
  expect(emitter.emit('ring', 3, 'Bob')).toBe(true);
  expect(emitter.emit('stop')).toBe(false);
  expect(heard).toEqual(['first 3 Bob', 'second 3']);
});

test('a listener that throws, or rejects, harms nobody and is reported', async () => {
  const reported: unknown[] = [];
  TypedEmitter.onListenerError((error, event) => reported.push([(error as Error).message, event]));
  const emitter = new TypedEmitter<Events>();
  const after = vi.fn();
  emitter.on('stop', () => {
    throw new Error('thrown');
  });
  emitter.on('stop', async () => {
    throw new Error('rejected');
  });
  emitter.on('stop', after);
  expect(() => emitter.emit('stop')).not.toThrow();
  await Promise.resolve();
  expect(after).toHaveBeenCalledOnce();
  expect(reported).toEqual([
    ['thrown', 'stop'],
    ['rejected', 'stop'],
  ]);
});

test('a listener may be taken off by the function on() returns, by off(), or goes by itself after once()', () => {
  const emitter = new TypedEmitter<Events>();
  const listener = vi.fn();
  const off = emitter.on('stop', listener);
  emitter.once('stop', listener);
  emitter.emit('stop');
  expect(listener).toHaveBeenCalledTimes(2);
  off();
  off();
  emitter.off('stop', listener);
  emitter.emit('stop');
  expect(listener).toHaveBeenCalledTimes(2);
  expect(emitter.listenerCount('stop')).toBe(0);
});

test('an event goes to those who listened when it went out', () => {
  const emitter = new TypedEmitter<Events>();
  const late = vi.fn();
  const second = vi.fn();
  emitter.on('stop', () => {
    emitter.on('stop', late);
    emitter.off('stop', second);
  });
  emitter.on('stop', second);
  emitter.emit('stop');
  expect(late).not.toHaveBeenCalled();
  expect(second).toHaveBeenCalledOnce();
});
