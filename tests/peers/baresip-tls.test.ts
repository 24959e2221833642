import { type IncomingSession, type OfferAnswerHandler, SipStack } from '@offhook/sip-core';
import { TlsTransport } from '@offhook/sip-core/node';
import { expect, onTestFinished, test } from 'vitest';
import { CertificateAuthority } from '../../packages/sip-core/src/node/testing/certificates';
import { startBaresip } from './support/baresip';
import { describeWithPeers } from './support/peers';
import { ended, established } from './support/sipp-stack';
import { speechFile } from './support/speech';

/** A description that baresip takes; nobody listens there. */
const description = (direction: string) => ({
  contentType: 'application/sdp',
  body: new TextEncoder().encode(
    'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\n' +
      `a=${direction}\r\n`,
  ),
});

class Described implements OfferAnswerHandler {
  readonly answers: string[] = [];
  direction = 'sendrecv';
  createOffer = () => description(this.direction);
  createAnswer = () => description(this.direction);
  acceptAnswer = ({ body }: { body: Uint8Array }) => {
    this.answers.push(/^a=(sendrecv|sendonly|recvonly|inactive)/m.exec(new TextDecoder().decode(body))?.[1] ?? '');
  };
  rollback = () => {};
}

async function startScene() {
  const authority = await CertificateAuthority.create();
  const certificate = await authority.issue({ addresses: ['127.0.0.1'] });
  const ca = authority.certificate;
  const stack = new SipStack({ transports: [new TlsTransport({ host: '127.0.0.1', ca, certificate })] });
  await stack.start();
  onTestFinished(() => stack.close(100));
  const baresip = await startBaresip({ play: speechFile, transport: 'tls', tls: { certificate, ca } });
  return { stack, baresip, authority };
}

describeWithPeers(['baresip'], 'baresip over TLS', () => {
  test('is called, held, retrieved and hung up on', async () => {
    const { stack, baresip } = await startScene();
    const offerAnswer = new Described();
    const call = stack.invite({ uri: baresip.uri, from: 'sip:offhook@127.0.0.1', offerAnswer });
    await established(call);
    await baresip.event('CALL_ESTABLISHED');
    offerAnswer.direction = 'sendonly';
    await call.reinvite();
    offerAnswer.direction = 'sendrecv';
    await call.reinvite();
    expect(offerAnswer.answers).toEqual(['sendrecv', 'recvonly', 'sendrecv']);
    await call.terminate();
    await baresip.event('CALL_CLOSED');
  });

  test('calls, and hangs up', async () => {
    const { stack, baresip } = await startScene();
    const incoming = new Promise<IncomingSession>((resolve) => {
      stack.on('invite', (session) => {
        session.offerAnswer = new Described();
        session.accept().catch(() => {});
        resolve(session);
      });
    });
    await baresip.command('dial', `sip:offhook@127.0.0.1:${stack.transports[0]!.local.port};transport=tls`);
    const session = await incoming;
    await baresip.event('CALL_ESTABLISHED');
    const end = ended(session);
    await baresip.command('hangup');
    expect(await end).toMatchObject({ by: 'remote' });
  });

  test('whose authority we do not trust is not called', async () => {
    const { baresip } = await startScene();
    const other = await CertificateAuthority.create('Other authority');
    const stack = new SipStack({ transports: [new TlsTransport({ host: '127.0.0.1', ca: other.certificate })] });
    await stack.start();
    onTestFinished(() => stack.close(100));
    const call = stack.invite({ uri: baresip.uri, from: 'sip:offhook@127.0.0.1', offerAnswer: new Described() });
    await expect(established(call)).rejects.toMatchObject({ code: 'ERR_SIP_TLS_UNTRUSTED' });
    expect(baresip.events).toEqual([]);
  });
});
