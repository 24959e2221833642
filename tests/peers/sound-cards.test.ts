import { readFileSync } from 'node:fs';
import { devicesByPreference, Endpoint, rejectUnlessAvailable, VoiceDevices } from '@offhook/endpoint';
import { levelDbfs, readWav, wavFileSource, wavRecorder } from '@offhook/rtp-media';
import { expect, onTestFinished, test } from 'vitest';
import { describeWithPeers } from './support/peers';
import { soundServer } from './support/sound-server';
import { heardSpeech, recordingPath, speechFile } from './support/speech';

/** What a codec, the sound server's buffers and the bridge between the clocks leave of speech. */
const clear = 0.75;
/** s: the speech is somewhere when we begin to listen, and one whole pass has to come after that. */
const LENGTH = 13;
const udp = { transports: [{ protocol: 'udp', host: '127.0.0.1' }], codecs: ['G722'] } as const;
const policy = devicesByPreference({ useHeadset: true, headsets: ['Jabra 20', /plantronics/i] });

/** An agent's phone at a desk with such headsets, without which it takes no calls, and somebody who calls it and speaks. */
async function desk(...headsets: string[]) {
  const sound = await soundServer(...headsets);
  const voice = await VoiceDevices.open(sound.cards, { policy });
  const errors: Error[] = [];
  voice.on('error', (error) => errors.push(error));
  const phone = await new Endpoint({
    ...udp,
    device: voice.device,
    admission: rejectUnlessAvailable(() => voice.available),
  }).start();
  phone.on('call', (call) => void call.answer());
  const caller = await new Endpoint(udp).start();
  onTestFinished(async () => {
    await Promise.all([phone.close(), caller.close()]);
    voice.close();
  });
  const uri = `sip:agent@127.0.0.1:${phone.addresses[0]!.port}`;
  return { sound, voice, phone, errors, call: (options = {}) => caller.call(uri, options) };
}

const level = (wav: Uint8Array): number => levelDbfs(readWav(wav).samples);

describeWithPeers(['pulseaudio', 'pactl', 'alsa-pulse', 'decibri'], 'sound cards: PulseAudio by ALSA', () => {
  test('speech goes from the microphone to the peer, and from the peer to the loudspeaker, at its volume', async () => {
    const { sound, voice, errors, call } = await desk('Jabra 20');
    expect(voice.snapshot).toMatchObject({
      microphone: { name: 'Jabra 20' },
      speaker: { name: 'Jabra 20' },
      headset: true,
    });
    sound.speak('Jabra 20', speechFile);
    const file = recordingPath('peer');
    const recorder = await wavRecorder(file);
    await call({ source: await wavFileSource(speechFile, { loop: true }), sink: recorder }).established;
    const loud = await sound.listen('Jabra 20', LENGTH);
    await recorder.close();
    expect(heardSpeech(loud), 'at the loudspeaker').toBeGreaterThan(clear);
    expect(heardSpeech(readFileSync(file)), 'from the microphone').toBeGreaterThan(clear);
    voice.setVolume('speaker', 50);
    const quiet = await sound.listen('Jabra 20', LENGTH);
    expect(level(quiet) - level(loud), 'dB at half the volume').toBeGreaterThan(-14);
    expect(level(quiet) - level(loud), 'dB at half the volume').toBeLessThan(-10);
    voice.mute('speaker');
    // What waits in the buffers is heard first.
    await sound.listen('Jabra 20', 1);
    expect(level(await sound.listen('Jabra 20', 1))).toBeLessThan(-80);
    expect(errors).toEqual([]);
  });

  test('when a headset is pulled out the next of the list takes its place in the call; without any calls get 480', async () => {
    const { sound, voice, phone, call } = await desk('Jabra 20', 'Plantronics 655');
    sound.speak('Plantronics 655', speechFile);
    const file = recordingPath('peer');
    const recorder = await wavRecorder(file);
    const talk = call({ source: await wavFileSource(speechFile, { loop: true }), sink: recorder });
    await talk.established;
    expect(voice.selection.speaker?.name).toBe('Jabra 20');
    sound.plug('Plantronics 655');
    await expect.poll(() => voice.selection.speaker?.name, { timeout: 5000 }).toBe('Plantronics 655');
    expect(heardSpeech(await sound.listen('Plantronics 655', LENGTH)), 'at the other headset').toBeGreaterThan(clear);
    await recorder.close();
    expect(heardSpeech(readFileSync(file)), 'from the other headset').toBeGreaterThan(clear);
    expect(phone.calls).toHaveLength(1);
    sound.plug();
    await expect.poll(() => voice.available, { timeout: 5000 }).toBe(false);
    await expect(call().established).rejects.toMatchObject({ status: 480 });
    sound.plug('Jabra 20');
    await expect.poll(() => voice.available, { timeout: 5000 }).toBe(true);
    await call().established;
  });
});
