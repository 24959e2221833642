import {
  type MediaDescription,
  parseSessionDescription,
  type SessionDescription,
} from '../description/session-description';
import { SdpError } from '../errors';
import {
  isDtlsProfile,
  isSecureProfile,
  type LocalCrypto,
  MediaSecurity,
  type NegotiatedSecurity,
} from '../security/media-security';
import { type LocalDtls, type NegotiatedDtls, negotiatedDtls, roleByAnswer, roleInAnswer } from '../transport/dtls';
import type { LocalIce } from '../transport/ice';
import { TransportNegotiation } from '../transport/transport-negotiation';
import { adjusted, type DescriptionKind } from './adjustment';
import { agreement } from './agreement';
import {
  type CodecCapability,
  checkCodecs,
  checkOrigin,
  checkPlace,
  checkRedundancy,
  type LocalPlace,
  type OfferAnswerOptions,
} from './capabilities';
import { noiseFor } from './comfort-noise';
import { DescriptionWriter } from './description-writer';
import { type Direction, intersection, mirrored, receives, sends } from './direction';
import { broken, noCodec, notAcceptable } from './faults';
import { LocalFormats } from './local-formats';
import { capabilityKey, matchCodecs } from './match-codecs';
import { audioPlaces, faultOfAnswer, type LocalAudio, type MediaLine, place, refuse } from './media-lines';
import type { NegotiatedAudio } from './negotiated-audio';
import { holdsUs, type Refusal, type RemoteAudio, readAudio, refusalOf } from './remote-media';
import { eventsFor } from './telephone-events';

/** Whether an offer of ours is on its way. */
export type SignalingState = 'stable' | 'have-local-offer';

interface Offered {
  lines: readonly MediaLine[];
  /** Our audio, the preferred first, and which of the lines it is. */
  sections: readonly { audio: LocalAudio; at: number }[];
  codecs: readonly CodecCapability[];
}

/** How audio is protected, and the keys of our answer that go into the description. */
interface Protection {
  crypto: readonly LocalCrypto[];
  security?: NegotiatedSecurity;
  dtls?: NegotiatedDtls;
}

const keysOf = (protection: Omit<Protection, 'crypto'> | undefined) => ({
  ...(protection?.security && { security: protection.security }),
  ...(protection?.dtls && { dtls: protection.dtls }),
});

interface Answered {
  audio: LocalAudio;
  session: NegotiatedAudio;
}

/**
 * The offer/answer model (RFC 3264) for one session with one audio stream. Pure: descriptions go in and come out as text,
 * what was agreed is in {@link OfferAnswer.session}.
 *
 * ```ts
 * const caller = new OfferAnswer({
 *   origin: { sessionId: '1' },
 *   address: '192.0.2.1',
 *   port: 4000,
 *   codecs: [{ name: 'PCMU', clockRate: 8000, payloadType: 0 }],
 * });
 * const offer = caller.createOffer();
 * // … the peer's answer comes back
 * caller.receiveAnswer(answer);
 * caller.session?.codec.name; // 'PCMU'
 * ```
 */
export class OfferAnswer {
  /** What we want from now on; takes effect with the next offer or answer. `sendonly` or `inactive` puts the peer on hold. */
  direction: Direction;

  readonly #options: OfferAnswerOptions;
  readonly #priority: OfferAnswerOptions['priority'];
  readonly #takesEvents: boolean;
  readonly #formats: LocalFormats;
  readonly #writer: DescriptionWriter;
  readonly #security: MediaSecurity;
  readonly #transport: TransportNegotiation;
  readonly #dtls: LocalDtls | undefined;
  #codecs: readonly CodecCapability[];
  #place: LocalPlace;
  #lines: readonly MediaLine[] = [];
  #profile = 'RTP/AVP';
  #offered: Offered | undefined;
  #session: NegotiatedAudio | undefined;

  /** @throws SdpError `ERR_SDP_VALUE` for an option that cannot stand in a description */
  constructor(options: OfferAnswerOptions) {
    const { origin, address, port, rtcpPort, codecs, telephoneEvent = {}, priority, direction = 'sendrecv' } = options;
    checkOrigin(origin);
    this.#options = options;
    this.#place = checkPlace({ address, port, rtcpPort });
    this.#codecs = checkCodecs(codecs);
    this.#priority = priority;
    this.#takesEvents = telephoneEvent !== false;
    const generations = checkRedundancy(options.redundancy ?? 0);
    this.#formats = new LocalFormats(telephoneEvent, options.comfortNoise ?? false, generations);
    this.#writer = new DescriptionWriter(options);
    this.#security = new MediaSecurity(options.security);
    this.#transport = new TransportNegotiation(options);
    this.#dtls = options.dtls;
    if (options.feedback) this.#profile = 'RTP/AVPF';
    this.direction = direction;
  }

  /** `have-local-offer` between {@link createOffer} and the answer, or {@link rollback}. */
  get signalingState(): SignalingState {
    return this.#offered ? 'have-local-offer' : 'stable';
  }

  /** What was agreed last; undefined before the first agreement, and when the stream was refused or removed. */
  get session(): NegotiatedAudio | undefined {
    return this.#session;
  }

  /**
   * Codecs we have, the preferred first. Others may be set at any time; they take effect with the next offer or answer, under
   * the payload types they had before (RFC 3264 §8.3.2). Setting throws SdpError `ERR_SDP_VALUE` when there is none.
   */
  get codecs(): readonly CodecCapability[] {
    return this.#codecs;
  }

  set codecs(codecs: readonly CodecCapability[]) {
    this.#codecs = checkCodecs(codecs);
  }

  /**
   * Changes where we expect media; takes effect with the next offer or answer (RFC 3264 §8.3.1).
   *
   * @param address IPv6 without brackets
   * @param port for RTP
   * @param rtcpPort the next after `port` when absent
   * @throws SdpError `ERR_SDP_VALUE`
   */
  move(address: string, port: number, rtcpPort?: number): void {
    this.#place = checkPlace({ address, port, rtcpPort });
  }

  /**
   * Makes an offer: every codec we have, in our order, whatever was agreed before (RFC 3264 §5, §8).
   *
   * @throws SdpError `ERR_SDP_STATE` (491) while another offer of ours is unanswered
   */
  createOffer(): string {
    if (this.#offered) {
      throw new SdpError('ERR_SDP_STATE', 491, 'An offer is waiting for its answer; take the answer, or roll back.');
    }
    const codecs = this.#codecs;
    const formats = this.#formats.offered(codecs);
    const isSettled = this.#session !== undefined && audioPlaces(this.#lines).length === 1;
    const audios = this.#security.offered(this.#profile, this.#session, isSettled).map(({ protocol, crypto, dtls }) => {
      const transport = this.#transport.offered(dtls);
      return { protocol, direction: this.direction, formats, crypto, transport };
    });
    const { lines, at } = place(this.#lines, audios);
    const text = this.#writer.write('offer', lines, this.#place);
    this.#offered = { lines, sections: audios.map((audio, index) => ({ audio, at: at[index]! })), codecs };
    return text;
  }

  /**
   * Takes the peer's offer and makes the answer (RFC 3264 §6). The first audio line we can use is ours; all others keep their
   * place with port 0. An offer without media lines, or with all of them removed, gets an answer of the same shape.
   *
   * An offer that has fewer lines than the one before, or other kinds in their places, is taken as it is: RFC 3264 §8 forbids
   * it, and third-party call control does it whenever it connects us to somebody else.
   *
   * @throws SdpError `ERR_SDP_NOT_ACCEPTABLE` (488) when media is offered and none of it can be agreed to, `ERR_SDP_SYNTAX`
   *   (400), or `ERR_SDP_STATE` (491) while an offer of ours is unanswered; what was agreed before stands then
   */
  receiveOffer(sdp: string): string {
    if (this.#offered) throw new SdpError('ERR_SDP_STATE', 491, 'An offer of ours is waiting for its answer.');
    const description = this.#read(sdp, 'offer');
    const lines: MediaLine[] = description.media.map(refuse);
    const refusals: Refusal[] = [];
    let answered: Answered | undefined;
    for (const [index, media] of byProtection(description.media)) {
      if (media.port === 0 || answered) continue;
      const refusal = refusalOf(description, media, (protocol) => this.#security.speaks(protocol));
      if (refusal) {
        refusals.push(refusal);
        continue;
      }
      const remote = readAudio(description, media);
      const result = this.#answer(media, remote);
      if ('reason' in result) {
        refusals.push(result);
        continue;
      }
      answered = result;
      lines[index] = { audio: result.audio };
    }
    if (!answered && refusals.length > 0) throw notAcceptable(refusals);
    const text = this.#writer.write('answer', lines, this.#place, description.timing);
    this.#lines = lines;
    if (answered) this.#profile = answered.audio.protocol;
    this.#session = answered?.session;
    return text;
  }

  /**
   * Answers an offer by refusing all its media (RFC 3264 §6), for a peer that has to have an answer though {@link receiveOffer} has none: its offer
   * came in a 2xx. Nothing is agreed from then on.
   *
   * @throws SdpError `ERR_SDP_SYNTAX` (400), or `ERR_SDP_STATE` (491) while an offer of ours is unanswered
   */
  refuseOffer(sdp: string): string {
    if (this.#offered) throw new SdpError('ERR_SDP_STATE', 491, 'An offer of ours is waiting for its answer.');
    const description = this.#read(sdp, 'offer');
    this.#lines = description.media.map(refuse);
    this.#session = undefined;
    return this.#writer.write('answer', this.#lines, this.#place, description.timing);
  }

  /**
   * Takes the answer to our offer (RFC 3264 §7). A direction the offer does not allow is narrowed to what both said, as
   * telephones that know no directions answer without; any other breach of §6 is an error.
   *
   * @throws SdpError `ERR_SDP_ANSWER` (488) that names the rule it breaks, `ERR_SDP_SYNTAX` (400), or `ERR_SDP_STATE` (400)
   *   when there was no offer; the offer stays open, {@link rollback} takes it back
   */
  receiveAnswer(sdp: string): void {
    const offered = this.#offered;
    if (!offered) throw new SdpError('ERR_SDP_STATE', 400, 'An answer came without an offer.');
    const description = this.#read(sdp, 'answer');
    const fault = faultOfAnswer(offered.lines, description.media);
    if (fault) throw broken(fault);
    const lines = [...offered.lines];
    let session: NegotiatedAudio | undefined;
    let profile = this.#profile;
    for (const { audio, at } of offered.sections) {
      const media = description.media[at]!;
      // Who takes both of two that were for choosing gets the first, and learns that with our next offer.
      if (media.port === 0 || session) {
        lines[at] = refuse({ ...media, protocol: audio.protocol });
        continue;
      }
      const remote = readAudio(description, media, (payloadType) =>
        audio.formats.find((format) => format.payloadType === payloadType),
      );
      session = this.#accept(audio, offered.codecs, remote, this.#protection(audio, media, remote));
      profile = audio.protocol;
    }
    this.#profile = profile;
    this.#conclude(lines, session);
  }

  /** What our next offer or answer says about ICE; other credentials than before begin it anew (RFC 8839 §4.4.1.1.1). */
  get ice(): LocalIce | undefined {
    return this.#transport.ice;
  }

  set ice(ice: LocalIce | undefined) {
    this.#transport.ice = ice;
  }

  /**
   * The next offer or answer has new keys, where it has any (RFC 4568 §7.1.4). For an offer that may come to another peer
   * than the one before, as that to an INVITE without one may.
   */
  renewKeys(): void {
    this.#security.renew();
  }

  /**
   * The side of another dialog that the same INVITE opened by forking (RFC 3261 §12.1): it waits for an answer to the same offer,
   * with the same keys, and goes its own way from there.
   */
  fork(): OfferAnswer {
    const forked = new OfferAnswer({ ...this.#options, ...(this.ice && { ice: this.ice }), codecs: this.#codecs });
    forked.#security.adopt(this.#security);
    forked.#place = this.#place;
    forked.direction = this.direction;
    forked.createOffer();
    return forked;
  }

  /** Takes our offer back: it was refused, or lost to glare. What was agreed before stands (RFC 3264 §8). */
  rollback(): void {
    this.#offered = undefined;
  }

  #read(sdp: string, kind: DescriptionKind): SessionDescription {
    return parseSessionDescription(adjusted(sdp, kind, this.#options.adjustRemote));
  }

  #conclude(lines: readonly MediaLine[], session: NegotiatedAudio | undefined): void {
    this.#offered = undefined;
    this.#lines = lines;
    this.#session = session;
  }

  #answer(media: MediaDescription, remote: RemoteAudio): Answered | Refusal {
    const { protocol } = media;
    const matches = matchCodecs(this.#codecs, remote.formats, this.#priority);
    if (matches.length === 0) return noCodec(remote);
    if (this.#transport.requiresMux && !remote.transport.rtcpMux) {
      return { reason: 'RTCP on a port of its own is not supported', warning: 399 };
    }
    const protection = this.#protect(media, remote);
    if (!protection && isSecureProfile(protocol)) {
      const what = isDtlsProfile(protocol) ? 'a=fingerprint' : 'a=crypto';
      return { reason: `no ${what} line of the ${protocol} audio can be used`, warning: 302 };
    }
    this.#formats.met(remote.formats, matches);
    const rates = matches.map(({ capability }) => capability.clockRate);
    const events = this.#takesEvents ? eventsFor(remote.formats, rates) : [];
    // What is asked of us, less what we do not want. A black hole changes nothing about it (RFC 4317 §5.2): it says where
    // not to send, not what we would.
    const direction = intersection(mirrored(remote.direction), this.direction);
    const formats = this.#formats.answered(remote.formats, matches, events, noiseFor(remote.formats, rates));
    const transport = this.#transport.answered(remote.transport, protection?.dtls);
    const audio = { protocol, direction, formats, crypto: protection?.crypto ?? [], transport };
    const way = this.#transport.agreed(transport, remote.transport, false);
    const allowed = possible(direction, remote);
    return {
      audio,
      session: agreement(audio, remote, matches, allowed, holdsUs(remote), { ...way, ...keysOf(protection) }),
    };
  }

  /** The way of protection we prefer among those that the offer has. */
  #protect(media: MediaDescription, remote: RemoteAudio): Protection | undefined {
    const { dtls } = remote.transport;
    for (const keying of this.#security.keying) {
      if (keying === 'sdes') {
        const agreed = this.#security.answer(media.crypto ?? [], this.#session?.security);
        if (agreed && !isDtlsProfile(media.protocol)) return { crypto: [agreed.crypto], security: agreed.security };
      } else if (dtls && this.#dtls && dtls.setup !== 'holdconn') {
        return { crypto: [], dtls: negotiatedDtls(dtls, roleInAnswer(dtls, this.#session?.dtls)) };
      }
    }
    return undefined;
  }

  #protection(
    { protocol, crypto, transport }: LocalAudio,
    media: MediaDescription,
    remote: RemoteAudio,
  ): Omit<Protection, 'crypto'> | undefined {
    const { dtls } = remote.transport;
    if (transport.dtls && dtls && (media.crypto ?? []).length === 0) {
      if (dtls.setup === 'holdconn') throw broken('its a=setup says that there will be no association');
      return { dtls: negotiatedDtls(dtls, roleByAnswer(dtls)) };
    }
    const security = this.#security.accept(crypto, media.crypto ?? []);
    if (typeof security === 'string') throw broken(security);
    if (!security && isSecureProfile(protocol)) {
      throw broken(transport.dtls ? 'it has no a=fingerprint line' : 'it has no a=crypto line');
    }
    return security && { security };
  }

  #accept(
    audio: LocalAudio,
    codecs: readonly CodecCapability[],
    remote: RemoteAudio,
    protection: Omit<Protection, 'crypto'> | undefined,
  ): NegotiatedAudio {
    const offeredAs = (capability: CodecCapability) =>
      audio.formats.find(({ key }) => key === capabilityKey(capability))?.payloadType;
    const matches = matchCodecs(codecs, remote.formats, 'offer', offeredAs);
    if (matches.length === 0) throw broken('it has none of the codecs offered');
    this.#formats.met(remote.formats, matches);
    const both = intersection(audio.direction, mirrored(remote.direction));
    const held = sends(audio.direction) && (remote.blackHole || !receives(remote.direction));
    if (audio.transport.muxOnly && !remote.transport.rtcpMux)
      throw broken('it has no a=rtcp-mux, which was insisted on');
    const way = this.#transport.agreed(audio.transport, remote.transport, true);
    return agreement(audio, remote, matches, possible(both, remote), held, { ...way, ...keysOf(protection) });
  }
}

/** Nothing is sent into a black hole (RFC 3264 §8.4). */
function possible(direction: Direction, { blackHole }: RemoteAudio): Direction {
  return blackHole ? intersection(direction, 'recvonly') : direction;
}

/** Protected sections come first, as those who offer the same audio both ways mean it. */
function byProtection(sections: readonly MediaDescription[]): [number, MediaDescription][] {
  const rank = ({ protocol }: MediaDescription) => (isSecureProfile(protocol) ? 0 : 1);
  return [...sections.entries()].sort(([, a], [, b]) => rank(a) - rank(b));
}
