import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { defaultRegistry } from '@offhook/codecs';
import {
  AudioSession,
  openUdpRtpTransport,
  type SecureRtpTransport,
  secureTransport,
  wavFileSource,
  wavRecorder,
} from '@offhook/rtp-media';
import { OfferAnswer, type SecurityPolicy, type SrtpSuite } from '@offhook/sdp';
import type { OfferAnswerHandler, SessionBody } from '@offhook/sip-core';
import { expect, onTestFinished, test } from 'vitest';
import { startBaresip } from './support/baresip';
import { describeWithPeers } from './support/peers';
import { addressOf, established, OFFHOOK, startStack } from './support/sipp-stack';
import { heardSpeech, recordingPath, speechFile } from './support/speech';

/** What a clean G.711 path leaves of speech. */
const clean = 0.9;
const codec = { name: 'PCMU', clockRate: 8000, payloadType: 0 };
const seconds = (count: number) => new Promise((resolve) => setTimeout(resolve, count * 1000));
const body = (text: string): SessionBody => ({ contentType: 'application/sdp', body: new TextEncoder().encode(text) });
const text = ({ body: bytes }: SessionBody) => new TextDecoder().decode(bytes);

/** Protected audio of one call: speech goes out, what comes in is recorded. */
class Media implements OfferAnswerHandler {
  readonly descriptions: string[] = [];

  private constructor(
    readonly transport: SecureRtpTransport,
    readonly session: AudioSession,
    readonly negotiation: OfferAnswer,
  ) {}

  static async open(policy: SecurityPolicy, record: string, suites?: SrtpSuite[]): Promise<Media> {
    const transport = secureTransport(await openUdpRtpTransport({ address: '127.0.0.1' }));
    const session = new AudioSession({ transport, codecs: defaultRegistry() });
    const recorder = await wavRecorder(record);
    session.source = await wavFileSource(speechFile, { loop: true });
    session.addSink(recorder);
    onTestFinished(async () => {
      await session.close();
      await recorder.close();
    });
    const negotiation = new OfferAnswer({
      origin: { sessionId: '1' },
      address: '127.0.0.1',
      port: transport.localPort,
      codecs: [codec],
      telephoneEvent: false,
      security: { policy, random: randomBytes, ...(suites && { suites }) },
    });
    return new Media(transport, session, negotiation);
  }

  createOffer(): SessionBody {
    const offer = this.negotiation.createOffer();
    this.descriptions.push(offer);
    return body(offer);
  }

  createAnswer(offer: SessionBody): SessionBody {
    this.descriptions.push(text(offer));
    const answer = this.negotiation.receiveOffer(text(offer));
    this.descriptions.push(answer);
    this.#apply();
    return body(answer);
  }

  acceptAnswer(answer: SessionBody): void {
    this.descriptions.push(text(answer));
    this.negotiation.receiveAnswer(text(answer));
    this.#apply();
  }

  rollback(): void {
    this.negotiation.rollback();
  }

  #apply(): void {
    const { remote, remoteRtcp, security, direction } = this.negotiation.session!;
    this.transport.setProtection(security ?? 'clear');
    this.session.configure({
      remoteRtp: { host: remote.address, port: remote.port },
      remoteRtcp: { host: remoteRtcp.address, port: remoteRtcp.port },
      sendCodec: codec,
      receiveCodecs: [codec],
      direction,
    });
  }
}

/** What both heard, once the call has ended. */
function expectSpeech(record: string, heardByPeer: Uint8Array): void {
  expect(heardSpeech(readFileSync(record))).toBeGreaterThan(clean);
  expect(heardSpeech(heardByPeer)).toBeGreaterThan(clean);
}

describeWithPeers(['baresip'], 'baresip with SRTP', () => {
  test.each(['AES_CM_128_HMAC_SHA1_80', 'AES_CM_128_HMAC_SHA1_32', 'AEAD_AES_256_GCM'] as const)(
    'is called with %s, speech goes both ways',
    async (suite) => {
      const record = recordingPath(`srtp-${suite}`);
      const baresip = await startBaresip({ play: speechFile, mediaEncryption: 'srtp-mand' });
      const stack = await startStack();
      const media = await Media.open('mandatory', record, [suite]);
      const call = stack.invite({ uri: baresip.uri, from: OFFHOOK, offerAnswer: media });
      await established(call);
      await seconds(5.5);
      await call.terminate();
      await baresip.event('CALL_CLOSED');
      expect(media.descriptions[0]).toMatch(/m=audio \d+ RTP\/SAVP /);
      expect(media.negotiation.session!.security!.remote[0]!.suite).toBe(suite);
      expectSpeech(record, baresip.recording('dec'));
    },
  );

  test('held and taken back by re-INVITEs it goes on under the keys it has', async () => {
    const baresip = await startBaresip({ play: speechFile, mediaEncryption: 'srtp-mand' });
    const stack = await startStack();
    const media = await Media.open('mandatory', recordingPath('srtp-held'));
    const call = stack.invite({ uri: baresip.uri, from: OFFHOOK, offerAnswer: media });
    await established(call);
    await seconds(0.5);
    const before = media.negotiation.session!.security!;
    for (const direction of ['sendonly', 'sendrecv'] as const) {
      media.negotiation.direction = direction;
      await call.reinvite();
      await seconds(0.5);
    }
    const { unprotected } = media.transport.counters;
    await seconds(1.5);
    expect(media.transport.counters.unprotected - unprotected).toBeGreaterThan(60);
    expect(media.transport.counters.authenticationFailures).toBe(0);
    expect(media.negotiation.session!.security!.local.isSameKeyAs(before.local)).toBe(true);
    expect(baresip.child.output()).not.toMatch(/failed to decrypt/);
    await call.terminate();
    await baresip.event('CALL_CLOSED');
  });

  test.each([
    ['mandatory', 'srtp-mand', 'RTP/SAVP'],
    ['optional', 'srtp', 'RTP/AVP'],
  ] as const)('calls us: we are %s, it has %s on %s', async (policy, mediaEncryption, profile) => {
    const record = recordingPath(`srtp-from-${mediaEncryption}`);
    const baresip = await startBaresip({ play: speechFile, mediaEncryption });
    const stack = await startStack();
    const media = await Media.open(policy, record);
    stack.on('invite', (session) => {
      session.offerAnswer = media;
      session.accept().catch(() => {});
    });
    await baresip.command('dial', `sip:offhook@${addressOf(stack)}`);
    await baresip.event('CALL_ESTABLISHED');
    await seconds(5.5);
    await baresip.command('hangup');
    await baresip.event('CALL_CLOSED');
    expect(media.descriptions[1]).toContain(` ${profile} `);
    expect(media.negotiation.session!.security).toBeDefined();
    expect(media.transport.counters.unprotected).toBeGreaterThan(150);
    expectSpeech(record, baresip.recording('dec'));
  });

  test.each([
    ['srtp-mand', 'protected'],
    [undefined, 'clear'],
  ] as const)('is called with both lines: with %s it takes the one that is %s', async (mediaEncryption, state) => {
    const record = recordingPath('srtp-elective');
    const baresip = await startBaresip({ play: speechFile, ...(mediaEncryption && { mediaEncryption }) });
    const stack = await startStack();
    const media = await Media.open('elective', record);
    const call = stack.invite({ uri: baresip.uri, from: OFFHOOK, offerAnswer: media });
    await established(call);
    await seconds(5.5);
    await call.terminate();
    await baresip.event('CALL_CLOSED');
    expect(media.transport.state).toBe(state);
    expectSpeech(record, baresip.recording('dec'));
  });
});
