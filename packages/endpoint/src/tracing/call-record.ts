import type { CallQuality, QualityAlarm } from '@offhook/rtp-media';
import type { Clock } from '@offhook/sip-core';
import type { Call } from '../call/call';
import type { Connection } from '../connection/connection';

/** What is left of a call once it is over: plain data, fit for JSON. Times are ISO 8601 with ms. */
export interface CallRecord {
  readonly id: string;
  readonly callId: string;
  /** `X-Genesys-CallUUID`, as it was last. */
  readonly uuid?: string;
  readonly direction: 'outgoing' | 'incoming';
  /** Address-of-record of the line; absent when it went by none. */
  readonly line?: string;
  /** Address of the other party. */
  readonly remote: string;
  readonly remoteName?: string;
  /** Who the network said the other party is. */
  readonly assertedIdentity?: string;
  readonly beganAt: string;
  /** When the callee first rang. */
  readonly rangAt?: string;
  readonly answeredAt?: string;
  readonly endedAt: string;
  /** ms from the answer to the end; 0 when nobody answered. */
  readonly durationMs: number;
  /** ms in which somebody held the call. */
  readonly heldMs: number;
  readonly endedBy: 'local' | 'remote' | 'error';
  /** SIP status of a refusal. */
  readonly status?: number;
  readonly reason?: string;
  /** Code of the error, when there was one. */
  readonly error?: string;
  /** Codec sent last. */
  readonly codec?: string;
  /** Digits that came. */
  readonly digits?: string;
  /** Call-ID of the call it was transferred to by the other side. */
  readonly transferredTo?: string;
  readonly packetsSent: number;
  readonly packetsReceived: number;
  readonly packetsLost: number;
  /** Conversational MOS of what was heard: mean and least of the intervals. */
  readonly mos?: { readonly mean: number; readonly min: number };
  readonly jitterMs?: number;
  readonly roundTripMs?: number;
  /** Measures that raised alarms. */
  readonly alarms: readonly QualityAlarm['measure'][];
}

/** @internal Writes down what a call does, from its beginning to its end. */
export function recordCall(
  call: Call,
  connection: Connection | undefined,
  clock: Clock,
  done: (record: CallRecord) => void,
): void {
  const time = (): string => new Date(clock.date()).toISOString();
  const beganAt = time();
  const alarms = new Set<QualityAlarm['measure']>();
  let rangAt: string | undefined;
  let answeredAt: string | undefined;
  let heldMs = 0;
  let heldSince: number | undefined;
  let digits = '';
  let codec: string | undefined;
  let transferredTo: string | undefined;
  call.on('progress', ({ status }) => {
    if (status === 180) rangAt ??= time();
  });
  call.on('dtmf', ({ digit }) => {
    // What a hostile peer presses for hours is of no use.
    if (digits.length < 1000) digits += digit;
  });
  call.on('media', (agreed) => {
    codec = agreed?.codec.name ?? codec;
  });
  call.on('transferred', (to) => {
    transferredTo = to.callId;
  });
  call.on('qualityAlarm', ({ measure }) => alarms.add(measure));
  call.on('state', (state, previous) => {
    if (state === 'connected') answeredAt ??= time();
    if (state === 'held') heldSince = clock.now();
    if (previous === 'held' && heldSince !== undefined) heldMs += clock.now() - heldSince;
  });
  call.on('ended', ({ by, status, reason, error, durationMs, statistics }) => {
    const { quality, facts, remote, uuid } = call;
    done({
      id: call.id,
      callId: call.callId,
      ...(uuid !== undefined && { uuid }),
      direction: call.direction,
      ...(connection && { line: connection.user }),
      remote: remote.uri,
      ...(remote.displayName !== undefined && { remoteName: remote.displayName }),
      ...(facts.identity && { assertedIdentity: facts.identity.uri }),
      beganAt,
      ...(rangAt !== undefined && { rangAt }),
      ...(answeredAt !== undefined && { answeredAt }),
      endedAt: time(),
      durationMs: Math.round(durationMs),
      heldMs: Math.round(heldMs),
      endedBy: by,
      ...(status !== undefined && { status }),
      ...(reason !== undefined && { reason }),
      ...(error && { error: error.code }),
      ...(codec !== undefined && { codec }),
      ...(digits !== '' && { digits }),
      ...(transferredTo !== undefined && { transferredTo }),
      packetsSent: statistics.packetsSent,
      packetsReceived: statistics.packetsReceived,
      packetsLost: statistics.packetsLost,
      ...measuresOf(quality),
      alarms: [...alarms],
    });
  });
}

function measuresOf(quality: CallQuality | undefined): Pick<CallRecord, 'mos' | 'jitterMs' | 'roundTripMs'> {
  if (!quality) return {};
  const { mosCq, jitterMs, roundTripMs } = quality;
  return {
    ...(mosCq && { mos: { mean: hundredths(mosCq.mean), min: hundredths(mosCq.min) } }),
    ...(jitterMs && { jitterMs: hundredths(jitterMs.mean) }),
    ...(roundTripMs && { roundTripMs: hundredths(roundTripMs.mean) }),
  };
}

const hundredths = (value: number): number => Math.round(value * 100) / 100;
