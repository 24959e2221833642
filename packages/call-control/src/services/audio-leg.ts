import type { Codec, CodecRegistry } from '@offhook/codecs';
import type { AudioSession } from '@offhook/rtp-media';
import { type CodecCapability, type Direction, OfferAnswer, SdpError } from '@offhook/sdp';
import { type OfferAnswerHandler, type SessionBody, SipError } from '@offhook/sip-core';
import { audioParameters } from './audio-parameters';

const sdpType = 'application/sdp';

/** The media side of a call of a media server: offer and answer on one side, an audio session on the other. */
export class AudioLeg implements OfferAnswerHandler {
  readonly audio: AudioSession;
  readonly #offerAnswer: OfferAnswer;
  readonly #agreed: (leg: AudioLeg) => void;

  /**
   * @param audio the session that is configured after each agreement; its transport is where media is expected
   * @param codecs what is offered and accepted, in this order
   * @param agreed called after each agreement
   */
  constructor(audio: AudioSession, codecs: CodecRegistry, agreed: (leg: AudioLeg) => void = () => {}) {
    const { localAddress, localPort, localRtcpPort } = audio.transport;
    this.audio = audio;
    this.#agreed = agreed;
    this.#offerAnswer = new OfferAnswer({
      // A number that differs from call to call on one machine (RFC 4566 §5.2).
      origin: { sessionId: `${Date.now()}${localPort}` },
      address: localAddress,
      port: localPort,
      rtcpPort: localRtcpPort,
      codecs: codecs.list().map(capability),
      priority: 'offer',
    });
  }

  /** Whether the peer holds us: it wants no audio now. */
  get heldByPeer(): boolean {
    return this.#offerAnswer.session?.remoteHold ?? false;
  }

  /** What this side wants from the next offer or answer on. */
  set direction(direction: Direction) {
    this.#offerAnswer.direction = direction;
  }

  createOffer(): SessionBody {
    return toBody(this.#offerAnswer.createOffer());
  }

  createAnswer(offer: SessionBody): SessionBody {
    const answer = agreeing(() => this.#offerAnswer.receiveOffer(toText(offer)));
    this.#configure();
    return toBody(answer);
  }

  acceptAnswer(answer: SessionBody): void {
    agreeing(() => this.#offerAnswer.receiveAnswer(toText(answer)));
    this.#configure();
  }

  rollback(): void {
    this.#offerAnswer.rollback();
  }

  #configure(): void {
    const { session } = this.#offerAnswer;
    if (session) this.audio.configure(audioParameters(session));
    this.#agreed(this);
  }
}

function capability(codec: Codec): CodecCapability {
  const { name, clockRate, channels, rtpmapChannels = channels, payloadType, fmtp } = codec;
  const offered = fmtp?.offer();
  return {
    name,
    clockRate,
    channels: rtpmapChannels,
    ...(payloadType !== undefined && { payloadType }),
    ...(offered !== undefined && { fmtp: offered }),
    ...(fmtp && { negotiateFmtp: (remote: string | undefined) => fmtp.negotiate(remote) }),
  };
}

function toText({ contentType, body }: SessionBody): string {
  if (!contentType.toLowerCase().startsWith(sdpType)) {
    throw new SipError(`A session is described as ${sdpType}, not as ${contentType}.`, { status: 415 });
  }
  return new TextDecoder().decode(body);
}

const toBody = (text: string): SessionBody => ({ contentType: sdpType, body: new TextEncoder().encode(text) });

/** What cannot be agreed to is refused with the status that the description itself asks for. */
function agreeing<T>(negotiate: () => T): T {
  try {
    return negotiate();
  } catch (error) {
    if (!(error instanceof SdpError)) throw error;
    throw new SipError(error.message, { code: error.code, status: error.status, cause: error });
  }
}
