import { type Publication, PublicationServer, type PublicationState } from '@offhook/sip-core';
import { expect, test } from 'vitest';
import { describeWithPeers } from './support/peers';
import type { Sipp } from './support/sipp';
import { SippScenario } from './support/sipp-scenario';
import { callee, expectCaller, expectSuccess, OFFHOOK, startStack, uriOf } from './support/sipp-stack';

const PIDF = 'application/pidf+xml';
const document = (text: string) => ({
  contentType: PIDF,
  body: new TextEncoder().encode(`<presence>${text}</presence>`),
});

async function publishing(sipp: Sipp, expires?: number): Promise<Publication> {
  const stack = await startStack();
  return stack.publish({
    uri: uriOf(sipp),
    from: OFFHOOK,
    event: 'presence',
    body: document('open'),
    ...(expires === undefined ? {} : { expires }),
  });
}

const granted = (etag: string, expires = 3600) => ({ headers: [`SIP-ETag: ${etag}`, `Expires: ${expires}`] });

describeWithPeers(['sipp'], 'SIPp and publications (RFC 3903)', () => {
  // Each PUBLISH comes in a Call-ID of its own, so to SIPp it is a call of its own.
  test('we publish, modify and remove; each time by the entity-tag of the time before', async () => {
    const sipp = await callee(
      new SippScenario('compositor', 'uas').cases(
        'PUBLISH',
        ['SIP-If-Match: first.*<presence>closed', (it) => it.answer('200 OK', granted('second'))],
        ['SIP-If-Match: second.*Expires: 0.*Content-Length: 0', (it) => it.answer('200 OK', granted('third', 0))],
        ['Event: presence.*<presence>open', (it) => it.answer('200 OK', granted('first'))],
      ),
      { calls: 3 },
    );
    const publication = await publishing(sipp);
    await publication.established;
    expect(publication.etag).toBe('first');
    await publication.modify(document('closed'));
    await publication.remove();
    expect(publication.state).toBe('removed');
    await expectSuccess(sipp);
  });

  test('we refresh before a short time is over, without a body', async () => {
    const sipp = await callee(
      new SippScenario('short-compositor', 'uas').cases(
        'PUBLISH',
        ['SIP-If-Match: first.*Content-Length: 0', (it) => it.answer('200 OK', granted('second'))],
        ['<presence>open', (it) => it.answer('200 OK', granted('first', 2))],
      ),
      { calls: 2 },
    );
    const publication = await publishing(sipp, 2);
    await publication.established;
    await expectSuccess(sipp);
    expect(publication.state).toBe('published');
  });

  test('SIPp has lost it: 412, and we publish it as new', async () => {
    const sipp = await callee(
      new SippScenario('forgetful-compositor', 'uas').cases(
        'PUBLISH',
        ['SIP-If-Match: first', (it) => it.answer('412 Conditional Request Failed')],
        ['<presence>open', (it) => it.answer('200 OK', granted('first'))],
        ['<presence>closed', (it) => it.answer('200 OK', granted('again'))],
      ),
      { calls: 3 },
    );
    const publication = await publishing(sipp);
    await publication.established;
    await publication.modify(document('closed'));
    await expectSuccess(sipp);
    expect(publication).toMatchObject({ etag: 'again', state: 'published' });
  });

  test('SIPp wants longer: 423, and we ask for that', async () => {
    const sipp = await callee(
      new SippScenario('slow-compositor', 'uas').cases(
        'PUBLISH',
        ['Expires: 600', (it) => it.answer('200 OK', granted('first', 600))],
        ['Expires: 60', (it) => it.answer('423 Interval Too Brief', { headers: ['Min-Expires: 600'] })],
      ),
      { calls: 2 },
    );
    const publication = await publishing(sipp, 60);
    await publication.established;
    await expectSuccess(sipp);
  });

  test.each([
    ['403 Forbidden', 403],
    ['489 Bad Event', 489],
    ['404 Not Found', 404],
    ['405 Method Not Allowed', 405],
  ])('SIPp refuses: %s', async (line, status) => {
    const sipp = await callee(new SippScenario(`compositor-${status}`, 'uas').request('PUBLISH').answer(line));
    const publication = await publishing(sipp);
    const states: PublicationState[] = [];
    publication.on('state', (state) => states.push(state));
    await expect(publication.established).rejects.toMatchObject({ status });
    expect(states).toEqual(['failed']);
    await expectSuccess(sipp);
  });

  test('SIPp publishes to us: initial, refresh, modify, remove', async () => {
    const stack = await startStack();
    const server = new PublicationServer({ event: 'presence', accept: [PIDF] });
    stack.use(server);
    const seen: string[][] = [];
    server.on('changed', (_resource, states) => {
      seen.push(states.map(({ body }) => /<presence>(.*)<\/presence>/.exec(new TextDecoder().decode(body))![1]!));
    });
    const keep = { keep: { etag: 'SIP-ETag: ([^[:space:]]*)' } };
    const publish = (sequence: number, expires: number, body?: string) => ({
      sequence,
      headers: ['Event: presence', `Expires: ${expires}`, ...(sequence > 1 ? ['SIP-If-Match: [$etag]'] : [])],
      ...(body === undefined ? {} : { body: [PIDF, `<presence>${body}</presence>`] as const }),
    });
    await expectCaller(
      stack,
      new SippScenario('publisher', 'uac')
        .send('PUBLISH', publish(1, 120, 'open'))
        .response(200, { ...keep, check: ['Expires: 120'] })
        .send('PUBLISH', publish(2, 120))
        .response(200, keep)
        .send('PUBLISH', publish(3, 120, 'closed'))
        .response(200, keep)
        .send('PUBLISH', publish(4, 0))
        .response(200, { check: ['Expires: 0'] }),
    );
    expect(seen).toEqual([['open'], ['closed'], []]);
    expect(server.size).toBe(0);
  });

  test('SIPp publishes what we do not take: 412, 423, 489, 415, 400', async () => {
    const stack = await startStack();
    stack.use(new PublicationServer({ event: 'presence', accept: [PIDF] }));
    const body = [PIDF, '<presence/>'] as const;
    await expectCaller(
      stack,
      new SippScenario('refused-publisher', 'uac')
        .send('PUBLISH', { headers: ['Event: presence', 'SIP-If-Match: unknown'], body })
        .response(412)
        .send('PUBLISH', { sequence: 2, headers: ['Event: presence', 'Expires: 5'], body })
        .response(423, { check: ['Min-Expires: 60'] })
        .send('PUBLISH', { sequence: 3, headers: ['Event: weather'], body })
        .response(489, { check: ['Allow-Events: presence'] })
        .send('PUBLISH', { sequence: 4, headers: ['Event: presence'], body: ['text/plain', 'open'] })
        .response(415, { check: [`Accept: ${PIDF.replace('+', '[+]')}`] })
        .send('PUBLISH', { sequence: 5, headers: ['Event: presence'] })
        .response(400),
    );
  });
});
