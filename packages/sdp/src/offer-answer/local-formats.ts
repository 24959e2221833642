import type { CodecCapability, TelephoneEventCapability } from './capabilities';
import { COMFORT_NOISE, noiseKey, noisePayloadType, noiseRates } from './comfort-noise';
import { type CodecMatch, capabilityKey, formatKey } from './match-codecs';
import { PayloadTypes } from './payload-types';
import { REDUNDANT_AUDIO, redundancyFmtp, redundancyKey, redundancyOf } from './redundant-audio';
import type { RemoteFormat } from './remote-media';
import { DTMF_EVENTS, eventKey, eventRates, TELEPHONE_EVENT } from './telephone-events';

/** A format of our own `m=` line. */
export interface LocalFormat {
  /** What its payload type stands for, in {@link PayloadTypes}. */
  key: string;
  payloadType: number;
  name: string;
  clockRate: number;
  channels: number;
  fmtp: string | undefined;
}

/** Makes the formats of our audio lines, with payload types that keep their meaning through the session. */
export class LocalFormats {
  readonly #payloadTypes = new PayloadTypes();
  readonly #events: TelephoneEventCapability | false;
  readonly #takesNoise: boolean;
  readonly #generations: number;

  constructor(events: TelephoneEventCapability | false, takesNoise: boolean, generations: number) {
    this.#events = events;
    this.#takesNoise = takesNoise;
    this.#generations = generations;
  }

  /** All we have, for an offer. */
  offered(codecs: readonly CodecCapability[]): LocalFormat[] {
    const audio = codecs.map((capability) => {
      const key = capabilityKey(capability);
      return this.#codec(capability, this.#payloadTypes.offer(key, capability.payloadType), capability.fmtp);
    });
    const formats = this.#generations > 0 ? audio.flatMap((codec) => [this.#redundantOffer(codec), codec]) : audio;
    if (this.#takesNoise) {
      for (const clockRate of noiseRates(codecs.map((codec) => codec.clockRate))) {
        const payloadType = this.#payloadTypes.offer(noiseKey(clockRate), noisePayloadType(clockRate));
        formats.push(noiseFormat(clockRate, payloadType));
      }
    }
    if (!this.#events) return formats;
    const { payloadType: preferred = 101 } = this.#events;
    const numbers = new Map(
      eventRates(codecs.map(({ clockRate }) => clockRate)).map((clockRate, index) => [
        clockRate,
        this.#payloadTypes.offer(eventKey(clockRate), index === 0 ? preferred : undefined),
      ]),
    );
    return [...formats, ...[...numbers].map(([clockRate, payloadType]) => this.#event(clockRate, payloadType))];
  }

  /** What is agreed to of an offer, under the offerer's numbers where these are free here. */
  answered(
    remote: readonly RemoteFormat[],
    matches: readonly CodecMatch[],
    events: readonly RemoteFormat[],
    noise: readonly RemoteFormat[],
  ): LocalFormat[] {
    const audio = matches.map(({ capability, remote, localFmtp }) =>
      this.#codec(capability, this.#payloadTypes.answer(capabilityKey(capability), remote.payloadType), localFmtp),
    );
    const formats = audio.flatMap((codec, i) => [...this.#redundantAnswer(codec, remote, matches[i]!), codec]);
    for (const { clockRate, payloadType } of this.#takesNoise ? noise : []) {
      formats.push(noiseFormat(clockRate, this.#payloadTypes.answer(noiseKey(clockRate), payloadType)));
    }
    if (!this.#events) return formats;
    const answers = events.map(({ clockRate, payloadType }) =>
      this.#event(clockRate, this.#payloadTypes.answer(eventKey(clockRate), payloadType)),
    );
    return [...formats, ...answers];
  }

  /** Takes note of the peer's numbers. */
  met(formats: readonly RemoteFormat[], matches: readonly CodecMatch[]): void {
    for (const format of formats) {
      const match = matches.find(({ remote }) => remote === format);
      const isEvent = format.name.toLowerCase() === TELEPHONE_EVENT;
      const key = match ? capabilityKey(match.capability) : isEvent ? eventKey(format.clockRate) : formatKey(format);
      this.#payloadTypes.avoid(format.payloadType, key);
    }
  }

  #codec(capability: CodecCapability, payloadType: number, fmtp: string | undefined): LocalFormat {
    const { name, clockRate, channels = 1 } = capability;
    return { key: capabilityKey(capability), payloadType, name, clockRate, channels, fmtp };
  }

  /** Before its codec, as it is preferred to it. */
  #redundantOffer(codec: LocalFormat): LocalFormat {
    return this.#redundant(codec, this.#payloadTypes.offer(redundancyKey(codec.key)), this.#generations);
  }

  #redundantAnswer(codec: LocalFormat, remote: readonly RemoteFormat[], match: CodecMatch): LocalFormat[] {
    const offered = this.#generations > 0 ? redundancyOf(remote, match.remote) : undefined;
    if (!offered) return [];
    const payloadType = this.#payloadTypes.answer(redundancyKey(codec.key), offered.format.payloadType);
    return [this.#redundant(codec, payloadType, Math.min(offered.generations, this.#generations))];
  }

  #redundant(codec: LocalFormat, payloadType: number, generations: number): LocalFormat {
    const { clockRate, channels } = codec;
    const fmtp = redundancyFmtp(codec.payloadType, generations);
    return { key: redundancyKey(codec.key), payloadType, name: REDUNDANT_AUDIO, clockRate, channels, fmtp };
  }

  #event(clockRate: number, payloadType: number): LocalFormat {
    const { events = DTMF_EVENTS } = this.#events || {};
    return { key: eventKey(clockRate), payloadType, name: TELEPHONE_EVENT, clockRate, channels: 1, fmtp: events };
  }
}

const noiseFormat = (clockRate: number, payloadType: number): LocalFormat => ({
  key: noiseKey(clockRate),
  payloadType,
  name: COMFORT_NOISE,
  clockRate,
  channels: 1,
  fmtp: undefined,
});
