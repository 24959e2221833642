import type { Configuration } from '../configuration';

/** What a configuration says and the endpoint does not do by itself. */
export interface FurtherSettings {
  /** DSCP of SIP; undefined: not to be marked. */
  readonly signalingDscp: number | undefined;
  /** DSCP of SIP over TLS; undefined: not to be marked. */
  readonly secureSignalingDscp: number | undefined;
  readonly devices: DeviceSettings;
  readonly voice: VoiceSettings;
  readonly tones: ToneSettings;
  readonly logging: LoggingSettings;
  readonly display: DisplaySettings;
  /** Codecs that are named and that there are not. */
  readonly codecsLeftOut: readonly string[];
}

/** Which devices to use: names or regular expressions, the preferred first. */
export interface DeviceSettings {
  /** By `headsets`; else by `inputs` and `outputs` where `manual` says so, else the first there is. */
  readonly useHeadset: boolean;
  readonly manual: boolean;
  readonly headsets: readonly string[];
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly ringers: readonly string[];
  /** Pairs that are headsets beside those found. */
  readonly includedHeadsets: readonly { readonly input: string; readonly output: string }[];
  readonly excludedHeadsets: readonly string[];
  /** ms that devices stay open after a call. */
  readonly releaseDelayMs: number;
}

/** How voice is to be treated. */
export interface VoiceSettings {
  readonly gainControl: boolean;
  readonly receiveGainControl: boolean;
  readonly echoCancellation: boolean;
  readonly noiseSuppression: boolean;
}

/** What is to be heard besides the call, and the endpoint does not let hear by itself. */
export interface ToneSettings {
  /** Digits that are sent. */
  readonly dtmfFeedback: boolean;
  readonly ringing: {
    /** Where it rings, as `ringing_enabled` has it; undefined: nothing is said. */
    readonly mode: number | undefined;
    /** Seconds; undefined: until it is answered or given up. */
    readonly timeout: number | undefined;
    readonly whileCallHeld: boolean;
  };
}

/** What to log, and where. */
export interface LoggingSettings {
  readonly enabled: boolean;
  readonly type: 'file' | 'console';
  readonly file: string;
  /** In the words of pino. */
  readonly level: 'fatal' | 'error' | 'warn' | 'info' | 'debug';
  /** When a new file is begun, as it is written in the configuration. */
  readonly segment: string | undefined;
  /** When old files go, as it is written in the configuration. */
  readonly expire: string | undefined;
}

/** What a phone is to show. */
export interface DisplaySettings {
  readonly callLines: number;
  /** Names of tabs, in their order; undefined: all. */
  readonly tabs: readonly string[] | undefined;
}

const LEVELS = ['fatal', 'error', 'warn', 'info', 'debug'] as const;
const positive = (value: number | undefined): number | undefined => (value ? value : undefined);

/** @internal */
export function furtherSettings(configuration: Configuration, codecsLeftOut: readonly string[]): FurtherSettings {
  const endpoint = <Name extends string>(name: Name) => `policy.endpoint.${name}` as const;
  return {
    signalingDscp: positive(configuration.get(endpoint('signaling_qos'))),
    secureSignalingDscp: positive(configuration.get(endpoint('secure_signaling_qos'))),
    devices: devices(configuration),
    voice: {
      gainControl: configuration.get('policy.session.agc_mode')!,
      receiveGainControl: configuration.get('policy.session.rx_agc_mode')!,
      echoCancellation: configuration.get('policy.session.echo_control')!,
      noiseSuppression: configuration.get('policy.session.noise_suppression')!,
    },
    tones: tones(configuration),
    logging: {
      enabled: configuration.get('system.diagnostics.enable_logging')!,
      type: configuration.get('system.diagnostics.logger_type')!,
      file: configuration.get('system.diagnostics.log_file')!,
      level: LEVELS[configuration.get('system.diagnostics.log_level')!]!,
      segment: configuration.get('system.diagnostics.log_segment'),
      expire: configuration.get('system.diagnostics.log_expire'),
    },
    display: {
      callLines: configuration.get('policy.endpoint.gui_call_lines')!,
      tabs: configuration.get('policy.endpoint.gui_tabs')?.split(/\s*,\s*/),
    },
    codecsLeftOut,
  };
}

function devices(configuration: Configuration): DeviceSettings {
  const names = (
    name:
      | 'headset_name'
      | 'audio_in_device'
      | 'audio_out_device'
      | 'ringer_device'
      | 'exclude_headset'
      | 'include_headset',
  ) => configuration.get(`policy.device.${name}`) ?? [];
  return {
    useHeadset: configuration.get('policy.device.use_headset')!,
    manual: configuration.get('policy.device.manual_audio_devices_configure')!,
    headsets: names('headset_name'),
    inputs: names('audio_in_device'),
    outputs: names('audio_out_device'),
    ringers: names('ringer_device'),
    includedHeadsets: names('include_headset').map((pair) => {
      const [input = '', output = input] = pair.split(':');
      return { input, output };
    }),
    excludedHeadsets: names('exclude_headset'),
    releaseDelayMs: configuration.get('policy.endpoint.defer_device_release')!,
  };
}

function tones(configuration: Configuration): ToneSettings {
  return {
    dtmfFeedback: configuration.get('policy.session.dtmf_feedback')!,
    ringing: {
      mode: configuration.get('policy.session.ringing_enabled'),
      timeout: positive(configuration.get('policy.session.ringing_timeout')),
      whileCallHeld: configuration.get('policy.session.ringing_while_call_held')!,
    },
  };
}
