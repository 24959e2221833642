/** What the demonstration measured; fields are there as far as it came. */
export interface Measurements {
  registered: boolean;
  established: boolean;
  holdConfirmed: boolean;
  retrieved: boolean;
  dtmfSent: string;
  /** The digits the echo service decoded. */
  dtmfReceived: string;
  hungUp: boolean;
  unregistered: boolean;
  codec?: string;
  /** From INVITE to 200, in ms. */
  timeToAnswerMs?: number;
  packetsSent?: number;
  packetsReceived?: number;
  packetsLost?: number;
  /** Interarrival jitter (RFC 3550 §6.4.1), in ms. */
  jitterMs?: number;
  /** By the reports of RTCP, in ms. */
  roundTripMs?: number;
  /** How alike the echo is to what was sent: 1 the same, 0 unrelated. */
  audioCorrelation?: number;
  /** By how much the echo is later than what was sent, in ms. */
  echoDelayMs?: number;
  /** The recording of the echo. */
  recording?: string;
}

/** One thing that has to be as it should be. */
export interface Check {
  readonly what: string;
  readonly ok: boolean;
}

/** Audio that passed G.711 twice and a jitter buffer twice stays above this; other audio stays far below. */
export const leastCorrelation = 0.9;

/** Share of packets that may be lost: a busy machine drops some even on loopback. */
const mostLoss = 0.02;

/** Nothing measured yet. */
export const noMeasurements = (digits: string): Measurements => ({
  registered: false,
  established: false,
  holdConfirmed: false,
  retrieved: false,
  dtmfSent: digits,
  dtmfReceived: '',
  hungUp: false,
  unregistered: false,
});

/** What the demonstration shows, each as it should be or not. */
export function checks(measured: Measurements): Check[] {
  const { packetsReceived = 0, packetsLost = 0, audioCorrelation = 0, dtmfSent, dtmfReceived } = measured;
  return [
    { what: 'registered with digest authentication', ok: measured.registered },
    { what: 'call answered', ok: measured.established },
    { what: 'audio came back', ok: packetsReceived > 0 && packetsLost <= mostLoss * (packetsReceived + packetsLost) },
    { what: 'the echo is the speech that was sent', ok: audioCorrelation >= leastCorrelation },
    { what: 'hold confirmed by the other side', ok: measured.holdConfirmed },
    { what: 'retrieved, audio both ways again', ok: measured.retrieved },
    { what: `DTMF ${dtmfSent} decoded by the other side`, ok: dtmfReceived === dtmfSent },
    { what: 'hung up', ok: measured.hungUp },
    { what: 'registration removed', ok: measured.unregistered },
  ];
}
