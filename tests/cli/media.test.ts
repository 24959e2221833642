import { describe, expect, it } from 'vitest';
import { speech } from './support/files';
import { run, start } from './support/offhook';

const here = ['--host', '127.0.0.1', '--port', '0', '--json'];

describe('offhook with protected audio and ICE', () => {
  it.each([
    [['--srtp', 'mandatory'], { protection: 'sdes', suite: 'AEAD_AES_256_GCM' }],
    [['--srtp', 'mandatory', '--keying', 'dtls'], { protection: 'dtls' }],
    [['--ice', '--srtp', 'elective', '--keying', 'dtls,sdes'], { protection: 'dtls', path: 'host-host' }],
    [['--redundancy', '2'], { protection: 'clear' }],
  ])('%s: audio comes back, and the result says how it went', async (options, expected) => {
    const phone = start('answer', '--echo', ...options, ...here);
    const { port } = await phone.line('listening');
    const uri = `sip:echo@127.0.0.1:${port}`;
    const { code, result } = await run('call', uri, ...options, '--play', speech, '--duration', '2', '--json');
    expect(result.error).toBeUndefined();
    expect(code).toBe(0);
    expect(result).toMatchObject(expected);
    expect(Number(result.packetsReceived)).toBeGreaterThan(50);
    expect(Number(result.mos)).toBeGreaterThan(3.5);
  });

  it('has no call where one side insists and the other has none: exit code 1', async () => {
    const phone = start('answer', '--echo', ...here);
    const { port } = await phone.line('listening');
    const { code, result } = await run('call', `sip:echo@127.0.0.1:${port}`, '--srtp', 'mandatory', '--json');
    expect([code, result]).toEqual([1, expect.objectContaining({ error: expect.objectContaining({ status: 488 }) })]);
  });

  it.each([
    [['--keying', 'dtls'], /--srtp/],
    [['--ice-server', 'turn:192.0.2.1'], /--ice-user/],
    [['--ice-server', 'http://example.com'], /stun:HOST/],
    [['--srtp', 'perhaps'], /mandatory/],
    [['--srtp', 'optional', '--keying', 'none'], /sdes, dtls/],
    [['--dscp', '64'], /0 to 63/],
    [['--redundancy', '3'], /0, 1 or 2/],
  ])('%s is a mistake that is explained: exit code 2', async (options, message) => {
    const { code, stderr } = await run('call', 'sip:bob@127.0.0.1', ...options);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });
});
