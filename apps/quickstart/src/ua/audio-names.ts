import type { Call } from '@offhook/endpoint';
import { type AudioSource, echo, silenceSource, toneSource, wavFileSource } from '@offhook/rtp-media';
import { BadCommand } from './parameters';

/** What may be named as a source. */
export const SOURCES = '`silence`, `tone:HZ`, `echo` (what the peer says), or a WAV file';

/**
 * Gives a call what it plays, by name.
 *
 * @throws BadCommand; MediaError `ERR_WAV_FORMAT` or the system's error when a file cannot be read
 */
export async function play(call: Call, name: string): Promise<void> {
  if (name === 'echo') {
    echo(call.audio);
    return;
  }
  call.audio.source = await namedSource(name);
}

async function namedSource(name: string): Promise<AudioSource> {
  if (name === 'silence') return silenceSource();
  const tone = /^tone:(\d{2,5})$/.exec(name);
  if (tone) return toneSource({ frequencies: [Number(tone[1])] });
  if (!name.toLowerCase().endsWith('.wav')) throw new BadCommand(`A source is ${SOURCES}, not "${name}".`);
  return wavFileSource(name);
}
