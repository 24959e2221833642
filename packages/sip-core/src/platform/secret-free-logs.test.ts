import { describe, expect, it } from 'vitest';
import { DigestServer } from '../auth/digest-server';
import { leaveNothingBehind, PhoneAndPeer } from '../session/testing/phone-and-peer';
import type { Logger } from './logger';

interface Line {
  level: string;
  data: object;
  message: string;
}

/** Everything that can be found in a value, whatever hides it. */
function everything(value: unknown, seen = new Set<unknown>()): string {
  if (typeof value !== 'object' || value === null) return String(value);
  if (seen.has(value)) return '';
  seen.add(value);
  if (value instanceof Uint8Array) return new TextDecoder().decode(value);
  const names = [...Object.getOwnPropertyNames(value), ...Object.getOwnPropertySymbols(value)];
  const parts = names.map((name) => {
    try {
      return `${String(name)}=${everything((value as Record<PropertyKey, unknown>)[name], seen)}`;
    } catch {
      return '';
    }
  });
  if (value instanceof Map || value instanceof Set) parts.push(everything([...value], seen));
  return parts.join('\n');
}

describe('the log of an authenticated call with encrypted media', () => {
  leaveNothingBehind();

  it('tells every message at debug level, and no password, digest response or key', async () => {
    const lines: Line[] = [];
    const write = (level: string) => (data: object, message: string) => lines.push({ level, data, message });
    const logger: Logger = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
    const pair = await PhoneAndPeer.start({ logger });
    const password = 'zanzibar-77';
    const secrets = [password];
    const server = new DigestServer({ realm: 'r', password: () => password, clock: pair.clock, proxy: true });

    const session = pair.call({
      credentials: { username: 'alice', password },
      headers: [['X-Note', 'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz']],
    });
    const first = await pair.peer.receive('INVITE');
    pair.peer.reply(first, 407, { headers: server.challenge() });
    await pair.peer.receive('ACK');
    const second = await pair.peer.receive('INVITE');
    expect(await server.verify(second)).toMatchObject({ ok: true });
    for (const name of ['response', 'cnonce']) {
      secrets.push(new RegExp(`\\b${name}="([^"]+)"`).exec(second.headers.get('Proxy-Authorization')!)![1]!);
    }
    secrets.push('WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz');
    pair.peer.reply(second, 200, { body: 'peer answer' });
    await pair.peer.receive('ACK');
    expect(session.state).toBe('confirmed');

    // What is malformed comes into the log as well.
    const authorization = second.headers.get('Proxy-Authorization')!;
    pair.send('OPTIONS', {
      headers: [
        ['Max-Forwards', 'many'],
        ['Authorization', authorization],
      ],
    });
    await pair.peer.receiveStatus(400);
    const bye = pair.peer.receive('BYE');
    void session.terminate();
    pair.peer.reply(await bye, 200);
    await pair.clock.advance(10);

    const told = lines.map(({ data, message }) => {
      const { method, status } = data as { method?: string; status?: number };
      return `${message} ${status ?? method}`;
    });
    expect(told).toEqual(
      expect.arrayContaining([
        'Sending a request. INVITE',
        'Received a response. 407',
        'Sending a request. ACK',
        'Received a response. 200',
        'Sending a request. BYE',
        'Sending a response. 400',
      ]),
    );
    const invite = lines.find(({ message }) => message === 'Sending a request.')!;
    expect(invite).toMatchObject({
      level: 'debug',
      data: { direction: 'out', method: 'INVITE', callId: first.callId, flow: 'UDP 192.0.2.2:5060' },
    });
    const all = everything(lines);
    for (const secret of secrets) expect(all).not.toContain(secret);
  });
});
