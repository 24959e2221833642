import { expect, test } from 'vitest';
import { type CallInput, type CallState, nextCallState } from './call-state';

const states: CallState[] = ['in-progress', 'alerting', 'answering', 'connected', 'held', 'disconnected'];
const inputs: CallInput[] = ['answer', 'established', 'hold', 'retrieve', 'end'];

test('every state knows its inputs, and no others', () => {
  const table = states.flatMap((state) =>
    inputs.flatMap((input) => {
      const next = nextCallState(state, input);
      return next === undefined ? [] : [`${state} --${input}--> ${next}`];
    }),
  );
  expect(table).toEqual([
    'in-progress --established--> connected',
    'in-progress --end--> disconnected',
    'alerting --answer--> answering',
    'alerting --end--> disconnected',
    'answering --established--> connected',
    'answering --end--> disconnected',
    'connected --hold--> held',
    'connected --end--> disconnected',
    'held --retrieve--> connected',
    'held --end--> disconnected',
  ]);
});
