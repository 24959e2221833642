import { expect, it } from 'vitest';
import { CommandError } from '../command-error';
import { HumanOutput } from './human-output';
import { JsonOutput } from './json-output';
import type { Output } from './output';

const streams = () => {
  const text = { out: '', err: '' };
  return {
    text,
    out: { write: (chunk: string) => (text.out += chunk) },
    err: { write: (chunk: string) => (text.err += chunk) },
  };
};

it('prints one object a line for programs, the result last', () => {
  const io = streams();
  const output: Output = new JsonOutput(io, () => 0);
  output.event({ type: 'established', codec: 'PCMU' }, 'Answered.');
  output.text('for people');
  output.result({ command: 'call', ok: true, exitCode: 0 }, 'Done.');
  expect(
    io.text.out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual([
    { type: 'established', time: '1970-01-01T00:00:00.000Z', codec: 'PCMU' },
    { type: 'result', command: 'call', ok: true, exitCode: 0 },
  ]);
  expect(io.text.err).toBe('');
});

it('tells programs why within the result, and people in a sentence on stderr', () => {
  const error = new CommandError('ERR_SIP_RESPONSE', 'The callee is busy.', 1, { status: 486 });
  const programs = streams();
  new JsonOutput(programs).failure('call', error, { callId: 'a' });
  expect(JSON.parse(programs.text.out)).toEqual({
    type: 'result',
    command: 'call',
    ok: false,
    exitCode: 1,
    callId: 'a',
    error: { code: 'ERR_SIP_RESPONSE', message: 'The callee is busy.', status: 486 },
  });
  const people = streams();
  new HumanOutput(people).failure('call', error);
  expect(people.text).toEqual({ out: '', err: 'offhook: The callee is busy.\n' });
});
