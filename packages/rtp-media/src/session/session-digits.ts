import type { DtmfDigit, DtmfPress } from '../dtmf/dtmf-digit';
import type { DtmfOptions } from '../dtmf/dtmf-queue';
import { DtmfReports } from '../dtmf/dtmf-reports';
import { DtmfSender } from '../dtmf/dtmf-sender';
import { DtmfToneSender } from '../dtmf/dtmf-tone-sender';
import { eventOfDigit, listsEvent } from '../dtmf/telephone-event';
import { MediaError } from '../platform/errors';
import { DtmfDetector, type DtmfDetectorOptions } from '../tones/dtmf-detector';
import type { AgreedTelephoneEvent, AudioSessionParameters } from './audio-session-parameters';

/** How an {@link AudioSession} sends digits. */
export interface SendDtmfOptions extends DtmfOptions {
  /** As telephone events (RFC 4733) or as tones in place of the source; `rfc4733` when absent. */
  method?: 'rfc4733' | 'inband';
}

/** What {@link SessionDigits} is made with. */
export interface SessionDigitsParts {
  /** A press was received, by whichever method; once each. */
  began(press: DtmfPress): void;
  ended(digit: DtmfDigit): void;
  /** Monotonic time in ms. */
  now(): number;
  /** Whether tones are listened for. */
  inband: boolean | Omit<DtmfDetectorOptions, 'sampleRate'> | undefined;
}

/** The digits of one audio session, both ways and by every method. */
export class SessionDigits {
  readonly events = new DtmfSender();
  readonly tones = new DtmfToneSender();
  /** Hears tones: a sink of what is received; undefined when they are not listened for. */
  readonly detector: DtmfDetector | undefined;
  readonly #reports: DtmfReports;
  readonly #now: () => number;
  #received = 0;

  constructor({ began, ended, now, inband }: SessionDigitsParts) {
    this.#now = now;
    this.#reports = new DtmfReports(began, (digit) => {
      this.#received++;
      ended(digit);
    });
    if (!inband) return;
    this.detector = new DtmfDetector(
      (digit) => this.ended(digit),
      inband === true ? {} : inband,
      (press) => this.began(press),
    );
  }

  /** Digits sent so far. */
  get sent(): number {
    return this.events.sent + this.tones.sent;
  }

  /** Digits received so far. */
  get received(): number {
    return this.#received;
  }

  /** A digit begins to come. */
  began(press: DtmfPress): void {
    this.#reports.began(press, this.#now());
  }

  /** A digit has come. */
  ended(digit: DtmfDigit): void {
    this.#reports.ended(digit, this.#now());
  }

  /** Takes up what the peer takes: telephone events that it does not take any more are given up. */
  agree(telephoneEvent: AgreedTelephoneEvent | undefined): void {
    if (telephoneEvent?.sendPayloadType === undefined) this.events.fail(notNegotiated());
  }

  /** Why digits cannot be sent as telephone events, or undefined. */
  refusal(digits: string, agreed: AgreedTelephoneEvent | undefined): MediaError | undefined {
    if (agreed?.sendPayloadType === undefined) return notNegotiated();
    // RFC 4733 §2.5.1.1: only what the peer has said that it understands.
    const unknown = [...digits].find((digit) => {
      const event = eventOfDigit(digit);
      return event !== undefined && !listsEvent(agreed.events, event);
    });
    return unknown === undefined ? undefined : notNegotiated(unknown);
  }

  /** The session is over: what waits is rejected, a tone that still sounds is reported. */
  close(error: MediaError): void {
    this.events.fail(error);
    this.tones.fail(error);
    this.detector?.close();
  }
}

/** All payload types under which telephone events may come. */
export function receivedEvents({ telephoneEvent, receiveTelephoneEvents = [] }: AudioSessionParameters) {
  const own = telephoneEvent?.receivePayloadType;
  if (own === undefined) return receiveTelephoneEvents;
  return [...receiveTelephoneEvents, { payloadType: own, clockRate: telephoneEvent!.clockRate }];
}

function notNegotiated(digit?: string): MediaError {
  const what = digit === undefined ? 'telephone-event (RFC 4733)' : `the telephone event of ${JSON.stringify(digit)}`;
  return new MediaError(
    'ERR_DTMF_NOT_NEGOTIATED',
    `The peer did not agree to ${what}; send the digits by another method.`,
  );
}
