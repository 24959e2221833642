/** What caused a report (RFC 6035 §4.3 to §4.5). */
export type VqReportKind = 'interval' | 'session' | 'alert';

/** Why an alert is raised (RFC 6035 §4.5). */
export interface VqAlert {
  /** The metric, by its name in the report: `NLR`, `JDR`, `RTD`, `IAJ`, `MOSCQ`, … */
  type: string;
  severity: 'Warning' | 'Critical' | 'Clear';
  direction: 'local' | 'remote';
}

/** Where media is received (RFC 6035 §4.6.2.3). */
export interface VqAddress {
  ip: string;
  port: number;
  ssrc?: number;
}

/** The codec (RFC 6035 §4.6.2.4). */
export interface VqSessionDescription {
  payloadType?: number;
  /** Encoding name. */
  payloadDescription?: string;
  /** Hz. */
  sampleRate?: number;
  /** Duration of a frame in ms. */
  frameDuration?: number;
  /** Bytes of a frame. */
  frameOctets?: number;
  framesPerPacket?: number;
  packetsPerSecond?: number;
  fmtp?: string;
  /** 0 unspecified, 1 disabled, 2 enhanced, 3 standard. */
  concealment?: number;
  silenceSuppression?: boolean;
}

/** The measures of one side; what was not measured is absent. Durations in ms, shares in percent, levels in dBm0. */
export interface VqMetrics {
  start?: Date;
  stop?: Date;
  sessionDescription?: VqSessionDescription;
  jitterBuffer?: { adaptive?: number; rate?: number; nominal?: number; max?: number; absoluteMax?: number };
  packetLoss?: { networkLossRate?: number; discardRate?: number };
  burstGapLoss?: {
    burstDensity?: number;
    burstDuration?: number;
    gapDensity?: number;
    gapDuration?: number;
    gmin?: number;
  };
  delay?: {
    roundTrip?: number;
    endSystem?: number;
    oneWay?: number;
    symmetricOneWay?: number;
    interarrivalJitter?: number;
    meanAbsoluteJitter?: number;
  };
  signal?: { level?: number; noiseLevel?: number; residualEchoReturnLoss?: number };
  quality?: {
    listeningR?: number;
    conversationalR?: number;
    externalRIn?: number;
    externalROut?: number;
    mosLq?: number;
    mosCq?: number;
    /** How the estimates were made, for example `G.107`. */
    algorithm?: string;
  };
  /** Other lines, by name. */
  extensions?: Record<string, string>;
}

/** A voice quality report, `application/vq-rtcpxr` (RFC 6035 §4.6). */
export interface VqReport {
  kind: VqReportKind;
  /** A session report at the end of the call. */
  callTerm?: boolean;
  alert?: VqAlert;
  callId: string;
  /** Address of the user: `Name <sip:user@host>`. */
  localId?: string;
  remoteId?: string;
  /** Who began the call. */
  originatorId?: string;
  localAddress?: VqAddress;
  remoteAddress?: VqAddress;
  localGroupId?: string;
  remoteGroupId?: string;
  localMac?: string;
  remoteMac?: string;
  local?: VqMetrics;
  /** What the peer measured, by its extended reports. */
  remote?: VqMetrics;
  dialogId?: { callId: string; toTag?: string; fromTag?: string };
  /** Other lines about the session, by name. */
  extensions?: Record<string, string>;
}

/** Media type of {@link VqReport} (RFC 6035 §4.6.1). */
export const VQ_REPORT_TYPE = 'application/vq-rtcpxr';

/** How a value stands in a report. */
export type VqFormat = 'integer' | 'percent' | 'mos' | 'token' | 'quoted' | 'onOff';

/** A line of metrics: its name, the member of {@link VqMetrics} it stands for, and of that each member's name and form. */
export interface VqLine {
  name: string;
  member: keyof VqMetrics;
  fields: readonly (readonly [name: string, member: string, format: VqFormat])[];
}

/** The lines of metrics in the order of RFC 6035 §4.6.2. */
export const VQ_LINES: readonly VqLine[] = [
  {
    name: 'SessionDesc',
    member: 'sessionDescription',
    fields: [
      ['PT', 'payloadType', 'integer'],
      ['PD', 'payloadDescription', 'token'],
      ['SR', 'sampleRate', 'integer'],
      ['FD', 'frameDuration', 'integer'],
      ['FO', 'frameOctets', 'integer'],
      ['FPP', 'framesPerPacket', 'integer'],
      ['PPS', 'packetsPerSecond', 'integer'],
      ['FMTP', 'fmtp', 'quoted'],
      ['PLC', 'concealment', 'integer'],
      ['SSUP', 'silenceSuppression', 'onOff'],
    ],
  },
  {
    name: 'JitterBuffer',
    member: 'jitterBuffer',
    fields: [
      ['JBA', 'adaptive', 'integer'],
      ['JBR', 'rate', 'integer'],
      ['JBN', 'nominal', 'integer'],
      ['JBM', 'max', 'integer'],
      ['JBX', 'absoluteMax', 'integer'],
    ],
  },
  {
    name: 'PacketLoss',
    member: 'packetLoss',
    fields: [
      ['NLR', 'networkLossRate', 'percent'],
      ['JDR', 'discardRate', 'percent'],
    ],
  },
  {
    name: 'BurstGapLoss',
    member: 'burstGapLoss',
    fields: [
      ['BLD', 'burstDensity', 'percent'],
      ['BD', 'burstDuration', 'integer'],
      ['GLD', 'gapDensity', 'percent'],
      ['GD', 'gapDuration', 'integer'],
      ['GMIN', 'gmin', 'integer'],
    ],
  },
  {
    name: 'Delay',
    member: 'delay',
    fields: [
      ['RTD', 'roundTrip', 'integer'],
      ['ESD', 'endSystem', 'integer'],
      ['OWD', 'oneWay', 'integer'],
      ['SOWD', 'symmetricOneWay', 'integer'],
      ['IAJ', 'interarrivalJitter', 'integer'],
      ['MAJ', 'meanAbsoluteJitter', 'integer'],
    ],
  },
  {
    name: 'Signal',
    member: 'signal',
    fields: [
      ['SL', 'level', 'integer'],
      ['NL', 'noiseLevel', 'integer'],
      ['RERL', 'residualEchoReturnLoss', 'integer'],
    ],
  },
  {
    name: 'QualityEst',
    member: 'quality',
    fields: [
      ['RLQ', 'listeningR', 'integer'],
      ['RCQ', 'conversationalR', 'integer'],
      ['EXTRI', 'externalRIn', 'integer'],
      ['EXTRO', 'externalROut', 'integer'],
      ['MOSLQ', 'mosLq', 'mos'],
      ['MOSCQ', 'mosCq', 'mos'],
      ['QoEEstAlg', 'algorithm', 'token'],
    ],
  },
];
