import { type MediaDescription, parseSessionDescription } from '../description/session-description';
import { SdpError } from '../errors';
import type { OfferAnswerOptions } from './capabilities';
import { type Direction, intersection, mirrored, receives, sends } from './direction';
import { DescriptionWriter, type LocalAudio, type LocalFormat, type MediaLine, refuse } from './local-media';
import {
  type CodecMatch,
  formatKey,
  matchCodecs,
  negotiated,
  TELEPHONE_EVENT,
  telephoneEventFor,
  telephoneEvents,
} from './match-codecs';
import type { NegotiatedAudio, NegotiatedCodec, NegotiatedTelephoneEvent } from './negotiated-audio';
import { PayloadTypes } from './payload-types';
import { holdsUs, type RemoteAudio, type RemoteFormat, readAudio, refusalOf } from './remote-media';

/** Whether an offer of ours is on its way. */
export type SignalingState = 'stable' | 'have-local-offer';

/**
 * The offer/answer model (RFC 3264) for one session with one audio stream. Pure: descriptions go in and come out as text,
 * what was agreed is in {@link OfferAnswer.session}.
 *
 * ```ts
 * const caller = new OfferAnswer({ origin: { sessionId: '1' }, address: '192.0.2.1', port: 4000, codecs: [{ name: 'PCMU', clockRate: 8000, payloadType: 0 }] });
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
  readonly #payloadTypes = new PayloadTypes();
  readonly #writer: DescriptionWriter;
  #place: { address: string; port: number; rtcpPort: number | undefined };
  #lines: readonly MediaLine[] = [];
  #offered: { lines: readonly MediaLine[]; audio: LocalAudio } | undefined;
  #session: NegotiatedAudio | undefined;

  constructor(options: OfferAnswerOptions) {
    this.#options = options;
    this.#writer = new DescriptionWriter(options);
    this.#place = { address: options.address, port: options.port, rtcpPort: options.rtcpPort };
    this.direction = options.direction ?? 'sendrecv';
  }

  /** `have-local-offer` between {@link createOffer} and the answer, or {@link rollback}. */
  get signalingState(): SignalingState {
    return this.#offered ? 'have-local-offer' : 'stable';
  }

  /** What was agreed last; undefined before the first agreement, and when the stream was refused or removed. */
  get session(): NegotiatedAudio | undefined {
    return this.#session;
  }

  /** Changes where we expect media; takes effect with the next offer or answer. */
  move(address: string, port: number, rtcpPort?: number): void {
    this.#place = { address, port, rtcpPort };
  }

  /**
   * Makes an offer: every codec we have, in our order, whatever was agreed before (RFC 3264 §8).
   *
   * @throws SdpError `ERR_SDP_STATE` (491) while another offer of ours is unanswered
   */
  createOffer(): string {
    if (this.#offered) throw new SdpError('ERR_SDP_STATE', 491, 'An offer is already waiting for its answer.');
    const audio: LocalAudio = { protocol: 'RTP/AVP', direction: this.direction, formats: this.#offeredFormats() };
    const audioAt = this.#lines.findIndex((line) => 'audio' in line);
    const reusable =
      audioAt >= 0 ? audioAt : this.#lines.findIndex((line) => 'refused' in line && line.refused.type === 'audio');
    const lines: MediaLine[] = reusable >= 0 ? this.#lines.with(reusable, { audio }) : [...this.#lines, { audio }];
    this.#offered = { lines, audio };
    return this.#writer.write(lines, this.#place);
  }

  /**
   * Takes the peer's offer and makes the answer (RFC 3264 §6). The first audio line we can use is ours; all others keep their
   * place with port 0. An offer without media lines, or with all of them removed, gets an answer of the same shape.
   *
   * @throws SdpError `ERR_SDP_NOT_ACCEPTABLE` (488) when media is offered and none of it can be agreed to, `ERR_SDP_SYNTAX`
   *   (400), or `ERR_SDP_STATE` (491) while an offer of ours is unanswered; nothing has changed then
   */
  receiveOffer(sdp: string): string {
    if (this.#offered) throw new SdpError('ERR_SDP_STATE', 491, 'An offer of ours is waiting for its answer.');
    const description = parseSessionDescription(sdp);
    const lines: MediaLine[] = description.media.map(refuse);
    const reasons: string[] = [];
    let session: NegotiatedAudio | undefined;
    for (const [index, media] of description.media.entries()) {
      if (media.port === 0) continue;
      const reason = refusalOf(media);
      if (reason || session) {
        if (reason) reasons.push(reason);
        continue;
      }
      const remote = readAudio(description, media);
      const answered = this.#answer(media, remote);
      if (!answered) {
        reasons.push(`no codec in common among ${remote.formats.map((format) => format.name).join(', ') || 'none'}`);
        continue;
      }
      lines[index] = { audio: answered.audio };
      session = answered.session;
    }
    if (!session && reasons.length > 0) {
      throw new SdpError('ERR_SDP_NOT_ACCEPTABLE', 488, `Nothing offered can be agreed to: ${reasons.join('; ')}.`);
    }
    this.#lines = lines;
    this.#session = session;
    return this.#writer.write(lines, this.#place);
  }

  /**
   * Takes the answer to our offer.
   *
   * @throws SdpError `ERR_SDP_ANSWER` (488) that names the rule of RFC 3264 §6 it breaks, `ERR_SDP_SYNTAX` (400), or
   *   `ERR_SDP_STATE` when there was no offer; the offer stays open, {@link rollback} takes it back
   */
  receiveAnswer(sdp: string): void {
    const offered = this.#offered;
    if (!offered) throw new SdpError('ERR_SDP_STATE', 400, 'An answer came without an offer.');
    const description = parseSessionDescription(sdp);
    const broken = (what: string) => new SdpError('ERR_SDP_ANSWER', 488, `The answer does not fit the offer: ${what}.`);
    if (description.media.length !== offered.lines.length) {
      throw broken(`it has ${description.media.length} media lines instead of ${offered.lines.length}`);
    }
    const at = offered.lines.findIndex((line) => 'audio' in line);
    const media = description.media[at]!;
    if (media.type !== 'audio') throw broken(`media line ${at + 1} is ${media.type} instead of audio`);
    let session: NegotiatedAudio | undefined;
    if (media.port !== 0) {
      const reason = refusalOf(media);
      if (reason) throw broken(reason);
      const remote = readAudio(description, media);
      const matches = matchCodecs(this.#options.codecs, remote.formats, 'offer');
      if (matches.length === 0) throw broken('it has none of the codecs offered');
      session = this.#accepted(offered.audio, remote, matches);
    }
    this.#offered = undefined;
    this.#lines = session ? offered.lines : offered.lines.with(at, refuse(media));
    this.#session = session;
  }

  /** Takes our offer back: it was refused, or lost to glare. What was agreed before stands (RFC 3264 §8). */
  rollback(): void {
    this.#offered = undefined;
  }

  #offeredFormats(): LocalFormat[] {
    const { codecs, telephoneEvent = {} } = this.#options;
    const formats = codecs.map(
      ({ name, clockRate, channels = 1, payloadType, fmtp }): LocalFormat => ({
        payloadType: this.#payloadTypes.offer(formatKey({ name, clockRate, channels }), payloadType),
        name,
        clockRate,
        channels,
        fmtp,
      }),
    );
    if (telephoneEvent === false) return formats;
    const rates = [...new Set(codecs.map(({ clockRate }) => clockRate))];
    return [...formats, ...rates.map((clockRate, index) => this.#eventFormat(clockRate, index === 0))];
  }

  #eventFormat(clockRate: number, first: boolean): LocalFormat {
    const { payloadType = 101, events = '0-15' } = this.#options.telephoneEvent || {};
    const key = formatKey({ name: TELEPHONE_EVENT, clockRate });
    const number = this.#payloadTypes.offer(key, first ? payloadType : undefined);
    return { payloadType: number, name: TELEPHONE_EVENT, clockRate, channels: 1, fmtp: events };
  }

  #answer(media: MediaDescription, remote: RemoteAudio): { audio: LocalAudio; session: NegotiatedAudio } | undefined {
    const { codecs, priority, telephoneEvent = {} } = this.#options;
    const matches = matchCodecs(codecs, remote.formats, priority);
    if (matches.length === 0) return undefined;
    for (const format of remote.formats) this.#payloadTypes.avoid(format.payloadType, formatKey(format));
    const agreed = matches.map((match) =>
      negotiated(match, this.#payloadTypes.answer(formatKey(match.remote), match.remote.payloadType)),
    );
    const rates = agreed.map(({ clockRate }) => clockRate);
    const events = telephoneEvent === false ? [] : telephoneEvents(remote.formats, rates);
    const { events: eventRange = '0-15' } = telephoneEvent || {};
    const eventNumber = (format: RemoteFormat) =>
      this.#payloadTypes.answer(formatKey({ name: TELEPHONE_EVENT, clockRate: format.clockRate }), format.payloadType);
    // What is asked of us, less what we do not want; and nothing is sent into a black hole.
    const wanted = intersection(mirrored(remote.direction), this.direction);
    const direction = remote.blackHole ? intersection(wanted, 'recvonly') : wanted;
    const audio: LocalAudio = {
      protocol: media.protocol,
      direction,
      formats: [
        ...agreed.map(
          (codec): LocalFormat => ({
            payloadType: codec.receivePayloadType,
            name: codec.name,
            clockRate: codec.clockRate,
            channels: codec.channels,
            fmtp: codec.localFmtp,
          }),
        ),
        ...events.map(
          (format): LocalFormat => ({
            payloadType: eventNumber(format),
            name: TELEPHONE_EVENT,
            clockRate: format.clockRate,
            channels: 1,
            fmtp: eventRange,
          }),
        ),
      ],
    };
    const event = telephoneEventFor(agreed[0]!, events, eventNumber);
    return { audio, session: this.#agreement(remote, direction, holdsUs(remote), agreed, event) };
  }

  #accepted(offered: LocalAudio, remote: RemoteAudio, matches: readonly CodecMatch[]): NegotiatedAudio {
    const ourNumber = (key: string) => offered.formats.find((format) => formatKey(format) === key)?.payloadType;
    const agreed = matches.map((match) => negotiated(match, ourNumber(formatKey(match.remote))!));
    for (const format of remote.formats) this.#payloadTypes.avoid(format.payloadType, formatKey(format));
    const events = telephoneEvents(
      remote.formats,
      agreed.map(({ clockRate }) => clockRate),
    );
    const event = telephoneEventFor(agreed[0]!, events, (format) =>
      ourNumber(formatKey({ name: TELEPHONE_EVENT, clockRate: format.clockRate })),
    );
    const both = intersection(offered.direction, mirrored(remote.direction));
    const direction = remote.blackHole ? intersection(both, 'recvonly') : both;
    const held = sends(offered.direction) && (remote.blackHole || !receives(remote.direction));
    return this.#agreement(remote, direction, held, agreed, event);
  }

  #agreement(
    remote: RemoteAudio,
    direction: Direction,
    remoteHold: boolean,
    codecs: readonly NegotiatedCodec[],
    telephoneEvent: NegotiatedTelephoneEvent | undefined,
  ): NegotiatedAudio {
    return {
      remote: remote.rtp,
      remoteRtcp: remote.rtcp,
      direction,
      remoteHold,
      codec: codecs[0]!,
      codecs,
      ...(telephoneEvent ? { telephoneEvent } : {}),
      ...(remote.ptime === undefined ? {} : { ptime: remote.ptime }),
      ...(remote.maxptime === undefined ? {} : { maxptime: remote.maxptime }),
    };
  }
}
