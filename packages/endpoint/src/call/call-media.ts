import {
  type AdjustmentOptions,
  type CodecCapability,
  type Direction,
  type NegotiatedAudio,
  OfferAnswer,
  SdpError,
  type TrickleFragment,
} from '@offhook/sdp';
import { type OfferAnswerHandler, type SessionBody, SipError } from '@offhook/sip-core';
import type { EndpointOptions } from '../endpoint/endpoint-options';
import { bareValue } from '../in-dialog/header-value';
import { audioParameters } from '../media/audio-parameters';
import type { CallAudio } from '../media/call-audio';
import type { MediaAddresses } from '../media/media-addresses';
import type { MediaProvider, MediaSession } from '../media/media-provider';
import type { MediaSecurityOptions } from '../media/media-security';
import type { QualityPath } from '../quality/quality-publisher';

/** What the media of a call is made with. */
export interface CallMediaOptions {
  provider: MediaProvider;
  audio: CallAudio;
  /** Codecs, the preferred first. */
  codecs: readonly CodecCapability[];
  /** Where to receive; asked before the first offer or answer, and when the network is another one. */
  addresses: () => Promise<MediaAddresses>;
  /** Identifies our descriptions (`o=`); digits. */
  sessionId: string;
  /** ms of audio a packet we like to receive. */
  ptime?: number | undefined;
  /** Longest packet we take, in ms. */
  maxptime?: number | undefined;
  priority?: 'config' | 'offer' | undefined;
  /** How audio is protected, with randomness for keys; not at all when absent. */
  security?: (MediaSecurityOptions & { random: (length: number) => Uint8Array }) | undefined;
  /** Whether pauses are left out where the peer takes comfort noise. */
  dtx: boolean;
  /** Packets before that each repeats, where the peer takes that. */
  redundancy?: EndpointOptions['redundancy'];
  /** RTCP on the port of RTP is offered and taken. */
  rtcpMux: boolean;
  /** Sees and changes session descriptions. */
  adjust?: AdjustmentOptions | undefined;
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
  /** The descriptions that were sent and received last, in any dialog of the call. */
  localDescription: string | undefined;
  remoteDescription: string | undefined;
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
    const { codecs, sessionId, ptime, maxptime, priority, security, dtx, redundancy, rtcpMux, adjust } = this.options;
    const { localPort, localRtcpPort, ice, localIce, fingerprints } = this.#session!.transport;
    const { rtp, rtcp } = ice?.defaultAddress ?? {
      rtp: { host: announced, port: localPort },
      rtcp: { port: localRtcpPort },
    };
    return new OfferAnswer({
      origin: { sessionId },
      address: rtp.host,
      port: rtp.port,
      rtcpPort: rtcp.port,
      codecs,
      rtcpXr: ['voip-metrics', 'rcvr-rtt=all'],
      reducedSize: true,
      comfortNoise: dtx,
      ...(redundancy !== undefined && { redundancy }),
      rtcpMux: rtcpMux || ice ? 'offer' : false,
      ...(localIce && { ice: { ...localIce, trickle: true } }),
      ...(ice && { restartIce: () => ({ ...ice.restart('controlled'), trickle: true }) }),
      ...(fingerprints && { dtls: { fingerprints } }),
      ...(security && {
        security: {
          ...security,
          keying: (security.keying ?? ['sdes', 'dtls']).filter((each) => each === 'sdes' || fingerprints),
        },
      }),
      ...(ptime !== undefined && { ptime }),
      ...(maxptime !== undefined && { maxptime }),
      ...(priority !== undefined && { priority }),
      ...adjust,
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

  /** ICE begins anew with our next offer (RFC 8445 §9): new credentials, and candidates as they are now. */
  restartIce: boolean = false;

  #networkChanged = false;

  /** Our address may be another one now: ICE begins anew where there is any, else our next description tells where we are. */
  networkChanged(): void {
    if (this.hasIce) this.restartIce = true;
    else this.#networkChanged = this.#session !== undefined;
  }

  /** @internal Before we describe ourselves: the media goes where our address is now. */
  async follow(offerAnswer: OfferAnswer): Promise<void> {
    if (!this.#networkChanged) return;
    this.#networkChanged = false;
    const { transport } = this.#session!;
    const { bind, announced } = await this.options.addresses();
    if (!transport.moveTo || bind === transport.localAddress) return;
    await transport.moveTo(bind);
    offerAnswer.move(announced, transport.localPort, transport.localRtcpPort);
  }

  /** @internal Credentials for an offer, where ICE begins anew. */
  takeRestart(): ReturnType<NonNullable<MediaSession['transport']['ice']>['restart']> | undefined {
    if (!this.restartIce) return undefined;
    this.restartIce = false;
    return this.#session?.transport.ice?.restart('controlling');
  }

  /** Where audio goes from and to. */
  get path(): QualityPath {
    const { localAddress, localPort } = this.#session?.transport ?? {};
    const remote = this.agreed?.remote;
    return {
      ...(localAddress !== undefined && { local: { ip: localAddress, port: localPort! } }),
      ...(remote && { remote: { ip: remote.address, port: remote.port } }),
    };
  }

  /** Whether the call has ICE. */
  get hasIce(): boolean {
    return this.#session?.transport.ice !== undefined;
  }

  /** Candidates of the peer that follow its description; those of another session than the one agreed on are left. */
  addCandidates({ ufrag, sections }: TrickleFragment): void {
    const ice = this.#session?.transport.ice;
    if (!ice || ufrag !== this.agreed?.ice?.ufrag) return;
    const mid = this.agreed.mid;
    for (const section of sections) {
      if (section.mid !== undefined && mid !== undefined && section.mid !== mid) continue;
      for (const candidate of section.candidates) ice.addRemoteCandidate(candidate);
      if (section.complete) ice.endOfRemoteCandidates();
    }
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
  /** Where a dialog forked off: it starts with the offer of the INVITE already out. */
  readonly #origin: DialogMedia | undefined;

  constructor(media: CallMedia, origin?: DialogMedia) {
    this.#media = media;
    this.#origin = origin;
  }

  async createOffer(): Promise<SessionBody> {
    const media = this.#media;
    const offerAnswer = await this.#ready();
    await media.follow(offerAnswer);
    // Somebody who asks for our offer wants to talk: a third party that reconnects us sends a re-INVITE without an offer
    // (RFC 3725 §7), and must get all we can do even though the call is on hold.
    this.#offered = media.inviting() || media.options.offerWhenHeld === 'hold' ? media.wanted : 'sendrecv';
    offerAnswer.direction = this.#offered;
    // Who asks for our offer may hand it to somebody else, who must not know the keys of the one before (RFC 4568 §7.1.4).
    if (!media.inviting()) offerAnswer.renewKeys();
    const restarted = media.takeRestart();
    if (restarted) offerAnswer.ice = { ...restarted, trickle: true };
    return this.#said(attempt(() => offerAnswer.createOffer()));
  }

  async createAnswer(offer: SessionBody): Promise<SessionBody> {
    const text = this.#heard(offer);
    const offerAnswer = await this.#ready();
    await this.#media.follow(offerAnswer);
    offerAnswer.direction = this.#media.wanted;
    const answer = attempt(() => offerAnswer.receiveOffer(text));
    this.#media.configure(offerAnswer.session);
    return this.#said(answer);
  }

  async refuseOffer(offer: SessionBody): Promise<SessionBody> {
    const text = this.#heard(offer);
    const offerAnswer = await this.#ready();
    const refusal = attempt(() => offerAnswer.refuseOffer(text));
    this.#media.configure(offerAnswer.session);
    return this.#said(refusal);
  }

  async acceptAnswer(answer: SessionBody): Promise<void> {
    const text = this.#heard(answer);
    const offerAnswer = await this.#ready();
    // The answer of a 183 comes again in the 200 (RFC 3261 §13.2.1), sometimes changed: the last one counts.
    if (offerAnswer.signalingState === 'stable') attempt(() => offerAnswer.createOffer());
    attempt(() => offerAnswer.receiveAnswer(text));
    this.#media.wanted = this.#offered;
    this.#media.configure(offerAnswer.session);
  }

  #said(description: string): SessionBody {
    this.#media.localDescription = description;
    return body(description);
  }

  #heard(received: SessionBody): string {
    const text = read(received);
    this.#media.remoteDescription = text;
    return text;
  }

  rollback(): void {
    this.#offerAnswer?.rollback();
  }

  fork(): OfferAnswerHandler {
    return new DialogMedia(this.#media, this);
  }

  async #ready(): Promise<OfferAnswer> {
    if (this.#offerAnswer) return this.#offerAnswer;
    const offerAnswer = this.#origin ? (await this.#origin.#ready()).fork() : await this.#media.offerAnswer();
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
