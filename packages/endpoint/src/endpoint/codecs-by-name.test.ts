import { levelDbfs, loadResampler, toneSource } from '@offhook/rtp-media';
import { expect, onTestFinished, test } from 'vitest';
import { shareOfTone } from '../testing/tone-share';
import { Endpoint } from './endpoint';

const RATE = 8000;

test.each([
  ['opus', 'opus'],
  ['G722', 'G722'],
  ['L16/16000', 'L16'],
  ['L16/44100', 'L16'],
  ['L16/44100/2', 'L16'],
])('a tone and digits each way with %s, by name', async (name, spoken) => {
  await loadResampler();
  const transports = [{ protocol: 'udp' as const, host: '127.0.0.1' }];
  const alice = await new Endpoint({ transports, codecs: [name, 'PCMU'] }).start();
  const bob = await new Endpoint({ transports, codecs: ['PCMA', name] }).start();
  onTestFinished(async () => {
    await Promise.all([alice.close(), bob.close()]);
  });
  const pcm = new Int16Array(RATE);
  let length = 0;
  const digits: string[] = [];
  const heard = new Promise<void>((resolve) => {
    bob.on('call', (call) => {
      call.on('dtmf', ({ digit }) => digits.push(digit));
      call.answer({
        sink: {
          sampleRate: RATE,
          write(frame: Int16Array) {
            if (length === 0 && levelDbfs(frame) < -40) return;
            pcm.set(frame.subarray(0, RATE - length), length);
            length = Math.min(RATE, length + frame.length);
            if (length === RATE) resolve();
          },
        },
      });
    });
  });
  const { host, port } = bob.addresses[0]!;
  const call = await alice.call(`sip:bob@${host}:${port}`, { source: toneSource({ frequencies: [440] }) }).established;
  await heard;
  // A busy machine drops some; at a wrong rate there would be nothing of it.
  expect(shareOfTone(pcm, 440)).toBeGreaterThan(0.35);
  await call.sendDtmf('4711');
  await expect.poll(() => digits.join('')).toBe('4711');
  const { statistics } = await call.hangup();
  expect(statistics).toMatchObject({ sendCodec: spoken, receiveCodec: spoken });
});
