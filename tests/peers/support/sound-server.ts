import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AudioDevices, encodeWav, type SoundLibrary, soundCards } from '@offhook/rtp-media';
import { onTestFinished } from 'vitest';
import { start } from './child';
import { requireGlobal } from './global-package';

const RATE = 8000;

/** A sound server of its own, with headsets that have no hardware: what is played to one is recorded, and people speak into it from files. */
export interface SoundServer {
  /** The sound cards, as an application sees them. */
  readonly cards: AudioDevices;
  /** Which headsets are plugged in from now on, by the names people know. */
  plug(...names: string[]): void;
  /** Somebody speaks into the microphone of a headset, over and over. */
  speak(name: string, file: string): void;
  /** Records what the loudspeaker of a headset plays. @returns a WAV file */
  listen(name: string, seconds: number): Promise<Uint8Array>;
}

/** Starts PulseAudio for the current test, with null sinks; ALSA knows of the headsets by a file that is written anew when one comes or goes. */
export async function soundServer(...names: string[]): Promise<SoundServer> {
  const folder = mkdtempSync(join(tmpdir(), 'offhook-sound-'));
  const socket = join(folder, 'native');
  const alsa = join(folder, 'alsa.conf');
  const env = { HOME: folder, XDG_RUNTIME_DIR: folder, XDG_CONFIG_HOME: folder, PULSE_SERVER: `unix:${socket}` };
  const slot = (name: string): number => names.indexOf(name);
  const modules = names.flatMap((_, n) => [
    `module-null-sink sink_name=ear${n} rate=48000`,
    `module-null-sink sink_name=mouth${n} rate=48000`,
    `module-remap-source master=mouth${n}.monitor source_name=microphone${n}`,
  ]);
  const server = start(
    'pulseaudio',
    ['-n', '--daemonize=no', '--exit-idle-time=-1', '--log-level=info', '--log-time=no'].concat(
      [...modules, `module-native-protocol-unix socket=${socket} auth-anonymous=1`].flatMap((each) => ['-L', each]),
    ),
    { env },
  );
  await server.waitFor(/Daemon startup complete/);
  const plug = (...plugged: string[]): void =>
    writeFileSync(alsa, plugged.map((name) => headset(name, slot(name))).join('\n'));
  plug(...names);
  // The library is in this process, and asks the environment.
  const around = { ALSA_CONFIG_PATH: alsa, PULSE_SERVER: env.PULSE_SERVER };
  Object.assign(process.env, around);
  const cards = await soundCards({ library: requireGlobal<SoundLibrary>('decibri'), pollMs: 1000 });
  onTestFinished(() => {
    cards.close();
    for (const name of Object.keys(around)) delete process.env[name];
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    cards,
    plug,
    speak(name, file) {
      const loop = 'while paplay "--device=$0" "$1"; do :; done';
      start('sh', ['-c', loop, `mouth${slot(name)}`, file], { env });
    },
    async listen(name, seconds) {
      const wanted = ['--raw', '--format=s16le', `--rate=${RATE}`, '--channels=1', '--latency-msec=50'];
      const recorder = spawn('parec', [...wanted, `--device=ear${slot(name)}.monitor`], {
        env: { ...process.env, ...env },
      });
      const bytes = Buffer.alloc(2 * RATE * seconds);
      let length = 0;
      for await (const piece of recorder.stdout as AsyncIterable<Buffer>) {
        length += piece.copy(bytes, length);
        if (length === bytes.length) break;
      }
      recorder.kill();
      return encodeWav(new Int16Array(bytes.buffer, bytes.byteOffset, length >> 1), RATE);
    },
  };
}

const headset = (name: string, slot: number): string => `pcm.headset${slot} {
  type asym
  playback.pcm { type pulse device ear${slot} }
  capture.pcm { type pulse device microphone${slot} }
  hint { show on description "${name}" }
}`;
