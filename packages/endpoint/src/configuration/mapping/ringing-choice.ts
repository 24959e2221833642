import { type AudioSource, RecordingSource, readWav } from '@offhook/rtp-media';
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
  const wav = (path: Parameters<typeof recording>[1]) => recording(configuration, path, environment);
  const ringTone = (await wav('policy.session.ringing_file')) ?? (await wav('system.media.ringing_file'));
  const waitingTone = await wav('policy.session.callwait_tone_file');
  const ringbackTone = await wav('policy.session.ringback_file');
  const callWaiting = configuration.get('policy.session.callwait_tone_enabled') ? waitingTone : false;
  const mode = configuration.get('policy.session.ringback_enabled');
  const heard: Heard = {
    ...(ringTone && { ringTone }),
    ...(callWaiting !== undefined && { callWaiting }),
    ...(ringbackTone && { ringbackTone }),
    ...(mode !== undefined && { ringback: RINGBACK[mode] }),
  };
  return Object.keys(heard).length > 0 ? heard : undefined;
}

/** A file, over and over. */
async function recording(
  configuration: Configuration,
  path:
    | 'policy.session.ringing_file'
    | 'policy.session.callwait_tone_file'
    | 'policy.session.ringback_file'
    | 'system.media.ringing_file',
  { readFile }: Required<ConfigurationEnvironment>,
): Promise<(() => AudioSource) | undefined> {
  const file = configuration.get(path);
  if (!file) return undefined;
  try {
    const { samples, sampleRate } = readWav(await readFile(file));
    return () => new RecordingSource(samples, sampleRate, { loop: true });
  } catch (cause) {
    throw new ConfigurationError([problem(path, file, 'the path of a WAV file that can be read')], cause);
  }
}
