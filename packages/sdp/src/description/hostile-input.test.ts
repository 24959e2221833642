import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SdpError } from '../errors';
import { alice, bob, ilbc, opus, pcmu, sdp } from '../testing/parties';
import { seededRandomBytes } from '../testing/seeded-random';
import { MAX_LENGTH, parseSessionDescription, serializeSessionDescription } from './session-description';

const good = sdp(
  'a=group:BUNDLE 0',
  'm=audio 5000 RTP/AVP 0 96 97 101',
  'c=IN IP4 198.51.100.10',
  'b=AS:64',
  'a=rtcp:5001 IN IP4 198.51.100.10',
  'a=rtpmap:96 opus/48000/2',
  'a=fmtp:96 useinbandfec=1; stereo=0',
  'a=rtpmap:97 iLBC/8000',
  'a=fmtp:97 mode=30',
  'a=rtpmap:101 telephone-event/8000',
  'a=fmtp:101 0-15',
  'a=ptime:20',
  'a=maxptime:60',
  'a=candidate:1 1 UDP 2130706431 198.51.100.10 5000 typ host',
  'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR',
  'a=mid:0',
  'a=rtcp-mux',
  'a=rtcp-rsize',
  'a=rtcp-xr:voip-metrics rcvr-rtt=all',
  'a=ice-ufrag:8hhY',
  'a=ice-pwd:asd88fgpdd777uzjYhagZg',
  'a=ice-options:trickle',
  'a=end-of-candidates',
  `a=fingerprint:sha-256 ${Array.from({ length: 32 }, () => '4A').join(':')}`,
  'a=setup:actpass',
  'a=tls-id:91bbf309c0990a6bec11e38ba2933cee',
  'a=sendrecv',
  'm=video 5002 RTP/AVP 31',
);

/** Takes all there is, so that all there is gets read. */
const everything = {
  rtcpMux: 'offer',
  reducedSize: true,
  rtcpXr: ['voip-metrics'],
  comfortNoise: true,
  bundle: true,
  ice: { ufrag: 'abcd', pwd: 'abcdefghijklmnopqrstuv', candidates: ['1 1 UDP 1 192.0.2.2 40000 typ host'] },
  dtls: { fingerprints: [{ algorithm: 'sha-256', value: Array.from({ length: 32 }, () => 'AB').join(':') }] },
  security: { policy: 'optional', bestEffort: true, keying: ['dtls', 'sdes'], random: seededRandomBytes(1) },
} as const;

/** Shows a text to everything that reads one; only an SdpError may come of it, and a party must go on working. */
function survive(text: string): void {
  const attempt = (action: () => unknown) => {
    try {
      action();
    } catch (error) {
      if (!(error instanceof SdpError)) throw error;
      expect(error.message.length).toBeLessThan(1000);
      expect(error.message).not.toMatch(/[\r\n]/);
    }
  };
  attempt(() => serializeSessionDescription(parseSessionDescription(text)));
  const answerer = bob([pcmu, opus, ilbc], everything);
  attempt(() => {
    const answer = answerer.receiveOffer(text);
    // An answer of ours is one whatever the offer was.
    parseSessionDescription(answer);
    checkSession(answerer.session);
  });
  const offerer = alice([pcmu, opus, ilbc], everything);
  const offer = offerer.createOffer();
  attempt(() => {
    offerer.receiveAnswer(text);
    checkSession(offerer.session);
  });
  offerer.rollback();
  bob([pcmu]).receiveOffer(offerer.createOffer());
  expect(offer).toContain('m=audio');
}

function checkSession(session: ReturnType<typeof alice>['session']): void {
  if (!session) return;
  for (const { port } of [session.remote, session.remoteRtcp]) {
    expect(Number.isInteger(port) && port > 0 && port <= 65535).toBe(true);
  }
  for (const { sendPayloadType, receivePayloadType } of session.codecs) {
    expect(sendPayloadType).toBeLessThan(128);
    expect(receivePayloadType).toBeLessThan(128);
  }
}

test('a good one is agreed to, with all it has', () => {
  const answerer = bob([pcmu, opus, ilbc], everything);
  answerer.receiveOffer(good);
  expect(answerer.session).toMatchObject({ rtcpMux: true, reducedSize: true, mid: '0', dtls: { role: 'client' } });
});

describe('hostile input gets an SdpError, never a crash', () => {
  test('any text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 400 }), survive), { numRuns: 300, seed: 1 });
  });

  test('any lines', () => {
    const line = fc.tuple(fc.constantFrom(...'vosctmab'), fc.string({ unit: 'binary-ascii', maxLength: 40 }));
    const lines = fc.array(line, { maxLength: 30 }).map((all) => all.map(([type, value]) => `${type}=${value}`));
    fc.assert(
      fc.property(lines, (all) => survive(['v=0', 'o=- 1 1 IN IP4 192.0.2.1', ...all].join('\r\n'))),
      { numRuns: 500, seed: 2 },
    );
  });

  test('any mutation of a good one', () => {
    const mutation = fc.tuple(fc.nat(good.length), fc.nat(12), fc.string({ unit: 'binary-ascii', maxLength: 12 }));
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 4 }), (mutations) => {
        survive(mutations.reduce((text, [at, cut, put]) => text.slice(0, at) + put + text.slice(at + cut), good));
      }),
      { numRuns: 1500, seed: 3 },
    );
  });

  test('a good one with numbers turned into others', () => {
    const numbers = [...good.matchAll(/\d+/g)].map(({ index, 0: digits }) => [index, digits.length] as const);
    const strange = fc.constantFrom('', '0', '-1', '65535', '65536', '128', '4294967296', '1e9', 'NaN', '0x10', '٣');
    fc.assert(
      fc.property(fc.constantFrom(...numbers), strange, ([at, length], put) => {
        survive(good.slice(0, at) + put + good.slice(at + length));
      }),
      { numRuns: 500, seed: 4 },
    );
  });

  test('a good one cut off anywhere', () => {
    for (let length = 0; length < good.length; length++) survive(good.slice(0, length));
  });

  test('the largest texts there may be are read quickly', () => {
    const room = MAX_LENGTH - good.length - 100;
    const start = performance.now();
    for (const filler of [
      `a=${'x'.repeat(room)}`,
      `a=imageattr:97 send ${'[x=1] '.repeat(room / 6)}`,
      `a=imageattr:97 send [${'['.repeat(room)}`,
      `a=simulcast:send ${'1,'.repeat(room / 2)}!`,
      `a=ptime:${'1.'.repeat(room / 2)}`,
      `a=mediaclk:${' '.repeat(room)}=`,
      `a=candidate:${'1 '.repeat(room / 2)}`,
      `a=fmtp:0 ${'mode=20;'.repeat(room / 8)}`,
      `m=audio 5000 RTP/AVP ${'0 '.repeat(room / 2)}`,
      `m=audio 5000 RTP/AVP${' '.repeat(room)}`,
      'a=x\r\n'.repeat(1900),
      'a=rtpmap:0 PCMU/8000\r\n'.repeat(1900),
      'm=audio 5000 RTP/AVP 18\r\n'.repeat(60),
    ]) {
      survive(`${good}${filler}\r\n`);
    }
    // Seconds would be a regular expression that backtracks; what it takes is some ten milliseconds each.
    expect(performance.now() - start).toBeLessThan(10_000);
  });

  test('names of Object.prototype are names like any other', () => {
    survive(sdp('m=audio 5000 RTP/AVP 96', 'a=rtpmap:96 __proto__/8000', 'a=__proto__:x', 'a=constructor'));
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });
});
