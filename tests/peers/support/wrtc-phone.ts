import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { encodeWav } from '@offhook/rtp-media';
import { onTestFinished } from 'vitest';

const program = fileURLToPath(new URL('./wrtc-process.mjs', import.meta.url));

/** A phone of libwebrtc (`@roamhq/wrtc`), in a process of its own: what is native code cannot take the test with it. */
export function wrtcPhone() {
  const child = fork(program, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const waiting = new Map<number, { resolve: (result: never) => void; reject: (error: Error) => void }>();
  let last = 0;
  child.on('message', ({ id, result, error }: { id: number; result: never; error?: string }) => {
    const request = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) request?.resolve(result);
    else request?.reject(new Error(`wrtc: ${error}`));
  });
  child.on('exit', (code, signal) => {
    for (const { reject } of waiting.values()) reject(new Error(`wrtc ended with ${signal ?? code}`));
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const ask = <Result>(name: string, argument?: unknown) =>
    new Promise<Result>((resolve, reject) => {
      waiting.set(++last, { resolve, reject });
      child.send({ id: last, name, argument });
    });
  return {
    /** Samples at 8 kHz that it says over and over. */
    play: (samples: Int16Array) => ask<void>('play', [...samples]),
    offer: () => ask<string>('offer'),
    answer: (offer: string) => ask<string>('answer', offer),
    take: (answer: string) => ask<void>('take', answer),
    state: () => ask<string>('state'),
    /** What it hears in so many ms, as a WAV file. */
    async record(ms: number): Promise<Buffer> {
      const { samples, rate } = await ask<{ samples: number[]; rate: number }>('record', ms);
      return Buffer.from(encodeWav(Int16Array.from(samples), rate));
    },
    statistics: () => ask<Record<'received' | 'sent', Record<string, number | string | undefined>>>('statistics'),
  };
}
