import { type CodecCapability, type Direction, type NegotiatedAudio, OfferAnswer, SdpError } from '@offhook/sdp';
import { type OfferAnswerHandler, type SessionBody, SipError } from '@offhook/sip-core';
import { bareValue } from '../in-dialog/header-value';
import { audioParameters } from '../media/audio-parameters';
import type { CallAudio } from '../media/call-audio';
import type { MediaAddresses } from '../media/media-addresses';
import type { MediaProvider, MediaSession } from '../media/media-provider';

/** What the media of a call is made with. */
export interface CallMediaOptions {
  provider: MediaProvider;
  audio: CallAudio;
  /** Codecs, the preferred first. */
  codecs: readonly CodecCapability[];
  /** Where to receive; asked once, before the first offer or answer. */
  addresses: () => Promise<MediaAddresses>;
  /** Identifies our descriptions (`o=`); digits. */
  sessionId: string;
  /** ms of audio a packet we like to receive. */
  ptime?: number | undefined;
  priority?: 'config' | 'offer' | undefined;
  /** What to offer when asked for an offer while we hold: see {@link EndpointOptions.offerWhenHeld}. */
  offerWhenHeld: 'resume' | 'hold';
}

/**
 * The media of one call: opens it before the first offer or answer, makes and takes the descriptions (RFC 3264), and
 * configures the audio after each exchange. One port serves all dialogs that an INVITE opens by forking.
 */
export class CallMedia {
  /** What we want: `sendrecv`, or `sendonly` and `inactive` to hold the peer. */
  wanted: Direction = 'sendrecv';
  /** Whether the offer to come is for an INVITE of our own. */
  inviting: () => boolean = () => true;
  /** What was agreed last; undefined while there is no stream. */
  agreed: NegotiatedAudio | undefined;
  /** Told after each offer and answer. */
  onAgreed: (agreed: NegotiatedAudio | undefined) => void = () => {};
  readonly options: CallMediaOptions;
  #opening: Promise<MediaAddresses> | undefined;
  #session: MediaSession | undefined;
  #closed = false;

  constructor(options: CallMediaOptions) {
    this.options = options;
  }

  /** The side of offer and answer of one dialog. */
  handler(): OfferAnswerHandler {
    return new DialogMedia(this);
  }

  /** Opens the media, once, and makes a side of offer and answer for it. */
  async offerAnswer(): Promise<OfferAnswer> {
    this.#opening ??= this.#open();
    const { announced } = await this.#opening;
    const { codecs, sessionId, ptime, priority } = this.options;
    const { localPort, localRtcpPort } = this.#session!.transport;
    return new OfferAnswer({
      origin: { sessionId },
      address: announced,
      port: localPort,
      rtcpPort: localRtcpPort,
      codecs,
      ...(ptime !== undefined && { ptime }),
      ...(priority !== undefined && { priority }),
    });
  }

  async #open(): Promise<MediaAddresses> {
    const addresses = await this.options.addresses();
    const session = await this.options.provider.open({ address: addresses.bind }).catch((cause: unknown) => {
      const message = `The call has no audio: ${cause instanceof Error ? cause.message : String(cause)}`;
      throw new SipError(message, { code: 'ERR_CALL_MEDIA', status: 500, cause });
    });
    if (this.#closed) {
      await session.close();
      throw new SipError('The call ended while its media was being opened.', { code: 'ERR_CALL_ENDED', status: 487 });
    }
    this.#session = session;
    this.options.audio.attach(session);
    return addresses;
  }

  /** Takes up what a dialog agreed on. */
  configure(agreed: NegotiatedAudio | undefined): void {
    const before = this.agreed;
    this.agreed = agreed;
    // A stream that was refused or removed rests where it was, in neither direction.
    const current = agreed ?? (before && { ...before, direction: 'inactive' as const });
    if (current) this.#session?.configure(audioParameters(current));
    this.onAgreed(agreed);
  }

  /** Stops the media and frees its port. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.options.audio.close();
  }
}

const SDP = 'application/sdp';

/** Offer and answer in one dialog of a call. */
class DialogMedia implements OfferAnswerHandler {
  readonly #media: CallMedia;
  #offerAnswer: OfferAnswer | undefined;
  #offered: Direction = 'sendrecv';
  /** Set in a dialog that forked off: it starts with the offer of the INVITE already out. */
  #inherits: boolean;

  constructor(media: CallMedia, inherits = false) {
    this.#media = media;
    this.#inherits = inherits;
  }

  async createOffer(): Promise<SessionBody> {
    const media = this.#media;
    const offerAnswer = await this.#ready();
    // Somebody who asks for our offer wants to talk: a third party that reconnects us sends a re-INVITE without an offer
    // (RFC 3725 §7), and must get all we can do even though the call is on hold.
    this.#offered = media.inviting() || media.options.offerWhenHeld === 'hold' ? media.wanted : 'sendrecv';
    offerAnswer.direction = this.#offered;
    return body(attempt(() => offerAnswer.createOffer()));
  }

  async createAnswer(offer: SessionBody): Promise<SessionBody> {
    const text = read(offer);
    const offerAnswer = await this.#ready();
    offerAnswer.direction = this.#media.wanted;
    const answer = attempt(() => offerAnswer.receiveOffer(text));
    this.#media.configure(offerAnswer.session);
    return body(answer);
  }

  async refuseOffer(offer: SessionBody): Promise<SessionBody> {
    const text = read(offer);
    const offerAnswer = await this.#ready();
    const refusal = attempt(() => offerAnswer.refuseOffer(text));
    this.#media.configure(offerAnswer.session);
    return body(refusal);
  }

  async acceptAnswer(answer: SessionBody): Promise<void> {
    const text = read(answer);
    const offerAnswer = await this.#ready();
    // The answer of a 183 comes again in the 200 (RFC 3261 §13.2.1), sometimes changed: the last one counts.
    if (offerAnswer.signalingState === 'stable') attempt(() => offerAnswer.createOffer());
    attempt(() => offerAnswer.receiveAnswer(text));
    this.#media.wanted = this.#offered;
    this.#media.configure(offerAnswer.session);
  }

  rollback(): void {
    this.#offerAnswer?.rollback();
  }

  fork(): OfferAnswerHandler {
    return new DialogMedia(this.#media, true);
  }

  async #ready(): Promise<OfferAnswer> {
    if (this.#offerAnswer) return this.#offerAnswer;
    const offerAnswer = await this.#media.offerAnswer();
    if (this.#inherits) offerAnswer.createOffer();
    this.#inherits = false;
    this.#offerAnswer ??= offerAnswer;
    return this.#offerAnswer;
  }
}

function body(description: string): SessionBody {
  return { contentType: SDP, body: new TextEncoder().encode(description) };
}

/** @throws SipError 415 when it is something else (RFC 3261 §21.4.13) */
function read({ contentType, body: bytes }: SessionBody): string {
  const type = bareValue(contentType);
  if (type === SDP) return new TextDecoder().decode(bytes);
  throw new SipError(`A session is described in ${SDP}, not in ${type}.`, { code: 'ERR_CALL_MEDIA', status: 415 });
}

/** Says failures of a description in the words of the signalling. */
function attempt<Result>(action: () => Result): Result {
  try {
    return action();
  } catch (cause) {
    if (!(cause instanceof SdpError)) throw cause;
    throw new SipError(cause.message, { code: cause.code, status: cause.status, cause });
  }
}
