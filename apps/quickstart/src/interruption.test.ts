import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { interruption } from './interruption';

it('asks politely first and insists the second time', async () => {
  const emitter = new EventEmitter();
  let insisted = 0;
  const { signal, asked } = interruption(emitter, () => insisted++);
  expect(signal.aborted).toBe(false);
  emitter.emit('SIGTERM');
  await asked;
  expect(signal.aborted).toBe(true);
  expect(insisted).toBe(0);
  emitter.emit('SIGINT');
  expect(insisted).toBe(1);
});
