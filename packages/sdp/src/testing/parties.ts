import { parseSessionDescription } from '../description/session-description';
import { SdpError } from '../errors';
import type { CodecCapability, OfferAnswerOptions } from '../offer-answer/capabilities';
import { OfferAnswer } from '../offer-answer/offer-answer';

export const pcmu: CodecCapability = { name: 'PCMU', clockRate: 8000, payloadType: 0 };
export const pcma: CodecCapability = { name: 'PCMA', clockRate: 8000, payloadType: 8 };
export const g722: CodecCapability = { name: 'G722', clockRate: 8000, payloadType: 9 };
export const l16: CodecCapability = { name: 'L16', clockRate: 16000 };
export const opus: CodecCapability = { name: 'opus', clockRate: 48000, channels: 2, fmtp: 'useinbandfec=1' };
/** Both sides use the longer frame that one of them names (RFC 3952 §5). */
export const ilbc: CodecCapability = {
  name: 'iLBC',
  clockRate: 8000,
  payloadType: 97,
  fmtp: 'mode=20',
  negotiateFmtp: (remote) => ({ local: /mode=20/.test(remote ?? '') ? 'mode=20' : 'mode=30' }),
};

type Options = Partial<OfferAnswerOptions>;

const party = (address: string, codecs: CodecCapability[], options: Options) =>
  new OfferAnswer({ origin: { sessionId: '4711' }, address, port: 40000, codecs, ...options });

/** Prefers PCMU. */
export const alice = (codecs = [pcmu, pcma], options: Options = {}) => party('192.0.2.1', codecs, options);
/** Prefers PCMA. */
export const bob = (codecs = [pcma, pcmu], options: Options = {}) => party('192.0.2.2', codecs, options);

/** One exchange from beginning to end. */
export function agree(offerer: OfferAnswer, answerer: OfferAnswer): { offer: string; answer: string } {
  const offer = offerer.createOffer();
  const answer = answerer.receiveOffer(offer);
  offerer.receiveAnswer(answer);
  return { offer, answer };
}

/** A description by a third party at 198.51.100.9. */
export const sdp = (...lines: string[]) =>
  `${['v=0', 'o=- 1 1 IN IP4 198.51.100.9', 's=-', 'c=IN IP4 198.51.100.9', 't=0 0', ...lines].join('\r\n')}\r\n`;

/** The `m=` lines. */
export const mediaLines = (text: string) => text.split('\r\n').filter((line) => line.startsWith('m='));
/** The lines from the first `m=` on. */
export const media = (text: string) => text.slice(text.indexOf('m=')).trim().split('\r\n');
export const version = (text: string) => parseSessionDescription(text).origin!.sessionVersion;

/** The SdpError that an action fails with. */
export function refusal(action: () => unknown): SdpError {
  try {
    action();
  } catch (error) {
    if (error instanceof SdpError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}
