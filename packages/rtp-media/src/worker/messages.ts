import type { Fingerprint } from '../dtls/fingerprint';
import type { DtmfDigit, DtmfPress } from '../dtmf/dtmf-digit';
import type { MediaErrorCode } from '../platform/errors';
import type { AudioSessionOptions } from '../session/audio-session';
import type { AudioSessionParameters } from '../session/audio-session-parameters';
import type { AudioStatistics } from '../session/audio-statistics';
import type { SendDtmfOptions } from '../session/session-digits';
import type { PcmRingMemory } from './pcm-ring';
import type { PlacedSourceDescription } from './placed-source';

/** How a session on a worker is opened: what can be told to another thread. */
export interface WorkerSessionOptions
  extends Pick<AudioSessionOptions, 'cname' | 'jitterBuffer' | 'inactivityMs' | 'dtx' | 'inbandDtmf'> {
  /** Numeric address to bind to; `127.0.0.1` when absent. */
  address?: string;
  /** Lowest and highest UDP port, both included; any when absent. */
  portRange?: readonly [min: number, max: number];
  /** One port for RTP and RTCP (RFC 5761); false when absent. */
  rtcpMux?: boolean;
  /** Code point of Differentiated Services for packets; not marked when absent. */
  dscp?: number;
  /**
   * What may be agreed on: SRTP with keys from signalling (`sdes`), and also from a DTLS handshake (`dtls`), for which the
   * worker makes a certificate; packets go in clear when absent.
   */
  security?: 'sdes' | 'dtls';
}

/** Sound for a session: made in the worker, or brought there by a ring. */
export type WorkerSource = { kind: 'ring'; ring: PcmRingMemory } | PlacedSourceDescription;

/** An error on its way between threads. */
export interface ErrorMessage {
  code: MediaErrorCode;
  message: string;
}

/** Where an opened session receives. */
export interface OpenedSession {
  localAddress: string;
  localPort: number;
  localRtcpPort: number;
  fingerprints?: readonly Fingerprint[] | undefined;
}

/** Recording a session into a WAV file. */
export interface WorkerRecording {
  /** Path of the file, absolute or from the working directory. */
  path: string;
  /** Hz; 8000 when absent. */
  sampleRate?: number;
}

/** What is asked of a worker and answered; `request` numbers the answer. */
export type WorkerRequest =
  | { ask: 'open'; options: WorkerSessionOptions; codecModules: readonly string[] }
  | { ask: 'dtmf'; digits: string; options?: SendDtmfOptions | undefined }
  | { ask: 'statistics' }
  | { ask: 'record'; recorder: number; recording: WorkerRecording }
  | { ask: 'endRecording'; recorder: number }
  | { ask: 'close' };

/** What is told to a worker without an answer. */
export type WorkerOrder =
  | { tell: 'configure'; parameters: AudioSessionParameters }
  | { tell: 'source'; id: number; source: WorkerSource | undefined }
  | { tell: 'addSink'; sink: number; ring: PcmRingMemory }
  | { tell: 'removeSink'; sink: number }
  | { tell: 'muted'; muted: boolean }
  | { tell: 'measuresSignals'; measures: boolean }
  | { tell: 'echo'; on: boolean };

/** To a worker. */
export type ToWorker = RequestToWorker | OrderToWorker;

/** A request on its way. */
export type RequestToWorker = { session: number; request: number } & WorkerRequest;

/** An order on its way. */
export type OrderToWorker = { session: number } & WorkerOrder;

/** An event of a session, as it crosses. */
export type WorkerEvent =
  | { event: 'dtmfStart'; press: DtmfPress }
  | { event: 'dtmf'; digit: DtmfDigit }
  | { event: 'firstPacket' }
  | { event: 'inactive'; ms: number }
  | { event: 'active' }
  | { event: 'bye'; reason: string | undefined }
  | { event: 'sourceEnded'; id: number }
  /** `sourceGone`: the source with this number was removed because it failed. */
  | { event: 'error'; error: ErrorMessage; sourceGone?: number };

/** What a session measures and says of itself now and then. */
export interface SessionSnapshot {
  statistics: AudioStatistics;
  sampleRate: number;
  receiveSampleRate: number;
}

/** From a worker. */
export type FromWorker =
  | { answer: number; result?: unknown; error?: ErrorMessage }
  | ({ session: number } & WorkerEvent)
  | { snapshots: [session: number, snapshot: SessionSnapshot][] };

/** One end of the way between the threads. */
export interface MessageEnd {
  postMessage(message: unknown): void;
  on(event: 'message', listener: (message: ToWorker) => void): unknown;
}
