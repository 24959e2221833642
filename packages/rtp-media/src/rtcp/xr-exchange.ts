import type { DlrrBlock, ExtendedReport, ReferenceTimeBlock, VoipMetricsBlock, XrBlock } from './extended-report';
import { middleOfNtp, type NtpTime } from './ntp-time';

/** Which extended reports the peer takes (RFC 3611 §5.1). */
export interface XrAgreement {
  /** VoIP metrics of what we receive (§4.7). */
  voipMetrics: boolean;
  /** Round trips measured by receivers (§4.4, §4.5): `sender` lets only those who send RTP answer. */
  roundTrip: 'none' | 'all' | 'sender';
}

/**
 * Reads the tokens of `a=rtcp-xr` (RFC 3611 §5.1).
 *
 * @param tokens what the peer's description has, `true` for all that this package sends, absent for none
 */
export function xrAgreement(tokens: boolean | readonly string[] | undefined): XrAgreement {
  if (tokens === true) return { voipMetrics: true, roundTrip: 'all' };
  const agreement: XrAgreement = { voipMetrics: false, roundTrip: 'none' };
  if (!tokens) return agreement;
  for (const token of tokens) {
    const name = token.toLowerCase();
    if (name === 'voip-metrics') agreement.voipMetrics = true;
    else if (/^rcvr-rtt=sender(:|$)/.test(name)) agreement.roundTrip = 'sender';
    else if (/^rcvr-rtt(=all(:|$)|$)/.test(name)) agreement.roundTrip = 'all';
  }
  return agreement;
}

/** What the sides of a session tell each other in extended reports: reference times, answers to them, VoIP metrics. */
export class XrExchange {
  agreement: XrAgreement = xrAgreement(undefined);
  readonly #ntp: NtpTime;
  readonly #now: () => number;
  /** The latest reference time of the peer that was not answered yet. */
  #peer = 0;
  #peerTime = 0;
  #peerTimeAt = 0;
  #voipMetrics: VoipMetricsBlock | undefined;

  /** @param now monotonic time in ms */
  constructor(ntp: NtpTime, now: () => number) {
    this.#ntp = ntp;
    this.#now = now;
  }

  /**
   * The blocks of a report that is due now; none when there is nothing to say.
   *
   * @param weSent whether we send RTP: then sender reports carry our time already
   * @param voipMetrics of what we receive
   */
  blocks(weSent: boolean, voipMetrics: VoipMetricsBlock | undefined): XrBlock[] {
    const { roundTrip, voipMetrics: wantsMetrics } = this.agreement;
    const blocks: XrBlock[] = [];
    if (roundTrip !== 'none' && !weSent) blocks.push(this.#referenceTime());
    if (this.#peerTime !== 0 && (roundTrip === 'all' || (roundTrip === 'sender' && weSent)))
      blocks.push(this.#answer());
    if (wantsMetrics && voipMetrics) blocks.push(voipMetrics);
    return blocks;
  }

  #referenceTime(): ReferenceTimeBlock {
    return { type: 'receiver-reference-time', ntp: this.#ntp.now() };
  }

  #answer(): DlrrBlock {
    const delaySinceLast = Math.round((this.#now() - this.#peerTimeAt) * 65.536);
    const report = { ssrc: this.#peer, lastReferenceTime: this.#peerTime, delaySinceLast };
    this.#peerTime = 0;
    return { type: 'dlrr', reports: [report] };
  }

  /**
   * Takes in an extended report of the peer.
   *
   * @param ownSsrc our synchronisation source
   * @param answered is told, for each answer to our reference times, that time and the delay since (§4.5)
   */
  receive(report: ExtendedReport, ownSsrc: number, answered: (lastTime: number, delay: number) => void): void {
    for (const block of report.blocks) {
      if (block.type === 'receiver-reference-time') {
        this.#peer = report.ssrc;
        this.#peerTime = middleOfNtp(block.ntp);
        this.#peerTimeAt = this.#now();
      } else if (block.type === 'dlrr') {
        for (const { ssrc, lastReferenceTime, delaySinceLast } of block.reports) {
          if (ssrc === ownSsrc) answered(lastReferenceTime, delaySinceLast);
        }
      } else if (block.type === 'voip-metrics' && block.ssrc === ownSsrc) this.#voipMetrics = block;
    }
  }

  /** What the peer said last about the quality of what it receives from us. */
  get voipMetrics(): VoipMetricsBlock | undefined {
    return this.#voipMetrics;
  }

  /** Another source took the place of the peer. */
  newRemoteSource(): void {
    this.#peerTime = 0;
  }
}
