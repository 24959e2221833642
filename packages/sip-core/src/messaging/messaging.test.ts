import { describe, expect, test } from 'vitest';
import { leaveNothingBehind, PhoneAndPeer } from '../session/testing/phone-and-peer';
import { type IncomingMessage, MessageServer } from './message-server';

leaveNothingBehind();

async function start(accept?: readonly string[]) {
  const pair = await PhoneAndPeer.start();
  const server = new MessageServer(accept && { accept });
  pair.stack.use(server);
  const seen: IncomingMessage[] = [];
  server.on('message', (message) => {
    seen.push(message);
    if (message.text === 'spam') message.reject(606);
  });
  const send = (text: string, headers: [string, string][] = [], contentType = 'text/plain') => {
    const request = pair.request('MESSAGE', { headers, sequence: ++sequence });
    request.headers.delete('Contact');
    request.setBody(contentType, text);
    pair.peer.send(request, { host: '192.0.2.1', port: 5060 });
  };
  let sequence = 0;
  return { pair, peer: pair.peer, clock: pair.clock, server, seen, send };
}

describe('sending (RFC 3428 §4, §8)', () => {
  const to = { uri: 'sip:bob@192.0.2.2', from: 'sip:alice@192.0.2.1' };

  test('text, without a Contact and without a dialog', async () => {
    const { pair, peer, clock } = await start();
    const response = pair.stack.message({ ...to, content: 'Grüße', headers: [['Subject', 'Hello']] });
    const request = await peer.receive('MESSAGE');
    expect([
      request.text,
      request.contentType,
      request.headers.has('Contact'),
      request.headers.get('Subject'),
      request.to.tag,
    ]).toEqual(['Grüße', 'text/plain;charset=utf-8', false, 'Hello', undefined]);
    peer.reply(request, 202);
    expect((await clock.until(response)).status).toBe(202);
    expect(pair.stack.dialogs.size).toBe(0);
  });

  test('over 1,300 bytes only by one who knows the path', async () => {
    const { pair, peer, clock } = await start();
    const content = 'x'.repeat(1_000);
    await expect(pair.stack.message({ ...to, content })).rejects.toMatchObject({ code: 'ERR_SIP_MESSAGE_TOO_LARGE' });
    const small = pair.stack.message({ ...to, content: 'x'.repeat(700) });
    const request = await peer.receive('MESSAGE');
    peer.reply(request, 200);
    await clock.until(small);
  });

  test('inside a call', async () => {
    const { pair, peer, clock } = await start();
    const { session } = await pair.calling();
    const response = session.message('on the line');
    const request = await peer.receive('MESSAGE');
    expect([request.text, request.to.tag, request.headers.has('Contact')]).toEqual(['on the line', 'peer', false]);
    peer.reply(request, 200);
    await clock.until(response);
    const closing = pair.stack.close();
    peer.reply(await peer.receive('BYE'), 200);
    await clock.until(closing);
  });
});

describe('receiving (RFC 3428 §7)', () => {
  test('told, and answered 200 without a body', async () => {
    const { peer, seen, send, pair } = await start();
    send('hello');
    const ok = await peer.receiveStatus(200);
    expect([ok.body.length, ok.headers.has('Contact')]).toEqual([0, false]);
    expect([seen[0]!.text, seen[0]!.contentType, seen[0]!.from.uri.toString(), seen[0]!.session]).toEqual([
      'hello',
      'text/plain',
      'sip:bob@192.0.2.2',
      undefined,
    ]);
    expect(pair.stack.allow).toContain('MESSAGE');
  });

  test('rejected by the application', async () => {
    const { peer, send } = await start();
    send('spam');
    await peer.receiveStatus(606);
  });

  test('a content type nobody reads, or an encoding: 415', async () => {
    const { peer, send, seen } = await start(['text/plain', 'message/imdn+xml']);
    send('<p>', [], 'text/html');
    expect((await peer.receiveStatus(415)).headers.get('Accept')).toBe('text/plain, message/imdn+xml');
    send('zip', [['Content-Encoding', 'gzip']]);
    expect((await peer.receiveStatus(415)).headers.get('Accept-Encoding')).toBe('identity');
    send('hello', [], 'Text/Plain;charset=utf-8');
    await peer.receiveStatus(200);
    expect(seen).toHaveLength(1);
  });

  test('inside a call: with its session', async () => {
    const { pair, peer, seen, clock } = await start();
    const { session } = await pair.calling();
    pair.outgoing = session;
    const request = pair.sendInside('MESSAGE');
    expect(request.method).toBe('MESSAGE');
    await peer.receiveStatus(200);
    expect(seen[0]!.session).toBe(session);
    const closing = pair.stack.close();
    peer.reply(await peer.receive('BYE'), 200);
    await clock.until(closing);
  });

  test('nobody listens: 480; no server: 405', async () => {
    const pair = await PhoneAndPeer.start();
    pair.send('MESSAGE');
    await pair.peer.receiveStatus(405);
    pair.stack.use(new MessageServer());
    pair.send('MESSAGE', { sequence: 2 });
    await pair.peer.receiveStatus(480);
  });
});
