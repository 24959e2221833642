import { SipTimeoutError, SipTransportError } from '@offhook/sip-core';
import { describe, expect, it } from 'vitest';
import { CommandError } from './command-error';
import { toCommandError } from './to-command-error';

const coded = (code: string, status?: number) => Object.assign(new Error('Words.'), { code, status });

describe('an error that ends a command', () => {
  it('fails with the status the other side gave', () => {
    expect(toCommandError(coded('ERR_SIP_RESPONSE', 486))).toMatchObject({
      exitCode: 1,
      status: 486,
      message: 'Words.',
    });
  });

  it('is a matter of the network when nobody answered or a port is taken', () => {
    for (const code of ['ERR_PORT_IN_USE', 'ERR_RTP_PORTS', 'ECONNREFUSED', 'EAI_AGAIN']) {
      expect(toCommandError(coded(code))).toMatchObject({ exitCode: 3, code });
    }
    for (const error of [new SipTimeoutError('Words.'), new SipTransportError('Words.', { code: 'ERR_SIP_RESOLVE' })]) {
      expect(toCommandError(error)).toMatchObject({ exitCode: 3, code: error.code });
    }
  });

  it('does not pass off a time-out as a response of the server', () => {
    const cause = new SipTimeoutError('Nobody answered.');
    const error = Object.assign(new Error('No answer came.', { cause }), { code: 'ERR_CALL_NO_ANSWER', status: 408 });
    const { exitCode, status } = toCommandError(error);
    expect([exitCode, status]).toEqual([3, undefined]);
    expect(toCommandError(coded('ERR_CALL_NO_ANSWER', 408))).toMatchObject({ exitCode: 1, status: 408 });
  });

  it('is a matter of usage when a file cannot be used', () => {
    for (const code of ['ERR_WAV_FORMAT', 'ENOENT']) expect(toCommandError(coded(code)).exitCode).toBe(2);
  });

  it('is an interruption when it was aborted', () => {
    expect(toCommandError(new DOMException('Stop', 'AbortError')).exitCode).toBe(130);
  });

  it('stays what it is when it is one already, and takes anything else thrown', () => {
    const error = new CommandError('ERR_X', 'No.', 2);
    expect(toCommandError(error)).toBe(error);
    expect(toCommandError('odd')).toMatchObject({ code: 'ERR_UNEXPECTED', message: 'odd', exitCode: 1 });
  });
});
