import { type AudioSource, RecordingSource, readWav, toneSource } from '@offhook/rtp-media';
import type { RingingOptions } from '../../ringing/ringing-options';
import type { Configuration } from '../configuration';
import { ConfigurationError, problem } from '../configuration-error';
import type { ConfigurationEnvironment } from './environment';

type Heard = Omit<RingingOptions, 'ringer' | 'plan'>;

const RINGBACK = {
  0: 'none',
  1: 'early-media',
  2: 'local',
  3: 'either',
  4: 'early-media',
  6: 'either',
} as const;

/**
 * @internal What is heard before a call is answered; undefined: nothing is said of it.
 *
 * @throws ConfigurationError when a file is none that can be played
 */
export async function chooseRinging(
  configuration: Configuration,
  environment: Required<ConfigurationEnvironment>,
): Promise<Heard | undefined> {
  const where = configuration.get('policy.session.ringing_enabled');
  const once = where === RING_ONCE;
  const wav = (path: Parameters<typeof recording>[1], loop = true) => recording(configuration, path, environment, loop);
  const ringFile = (await wav('policy.session.ringing_file', !once)) ?? (await wav('system.media.ringing_file', !once));
  const ringTone = where === 0 ? false : (ringFile ?? (once ? shortRing : undefined));
  const timeout = configuration.get('policy.session.ringing_timeout');
  const waitingTone = await wav('policy.session.callwait_tone_file');
  const ringbackTone = await wav('policy.session.ringback_file');
  const callWaiting = configuration.get('policy.session.callwait_tone_enabled') ? waitingTone : false;
  const mode = configuration.get('policy.session.ringback_enabled');
  const heard: Heard = {
    ...(ringTone !== undefined && { ringTone }),
    ...(once && { once }),
    ...(timeout && { timeoutMs: timeout * 1000 }),
    ...(configuration.get('policy.session.ringing_while_call_held') === false && { whileHeld: false }),
    ...(callWaiting !== undefined && { callWaiting }),
    ...(ringbackTone && { ringbackTone }),
    ...(mode !== undefined && { ringback: RINGBACK[mode] }),
  };
  return Object.keys(heard).length > 0 ? heard : undefined;
}

/** What `ringing_enabled` says where it rings once, and whole. */
const RING_ONCE = 7;

const shortRing = (): AudioSource =>
  toneSource({ frequencies: [784, 988], levelDb: -18, cadence: [400, 200, 400], durationMs: 1000 });

/** A file, over and over where it is to `loop`. */
async function recording(
  configuration: Configuration,
  path:
    | 'policy.session.ringing_file'
    | 'policy.session.callwait_tone_file'
    | 'policy.session.ringback_file'
    | 'system.media.ringing_file',
  { readFile }: Required<ConfigurationEnvironment>,
  loop: boolean,
): Promise<(() => AudioSource) | undefined> {
  const file = configuration.get(path);
  if (!file) return undefined;
  try {
    const { samples, sampleRate } = readWav(await readFile(file));
    return () => new RecordingSource(samples, sampleRate, { loop });
  } catch (cause) {
    throw new ConfigurationError([problem(path, file, 'the path of a WAV file that can be read')], cause);
  }
}
