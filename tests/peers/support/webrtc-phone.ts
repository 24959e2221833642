import { readFileSync } from 'node:fs';
import { fullRegistry } from '@offhook/codecs/opus';
import {
  AudioSession,
  DtlsCertificate,
  loadResampler,
  MediaTransport,
  openIceTransport,
  wavFileSource,
  wavRecorder,
} from '@offhook/rtp-media';
import { seededRandom } from '@offhook/rtp-media/testing';
import { OfferAnswer } from '@offhook/sdp';
import { systemRandom } from '@offhook/sip-core';
import { onTestFinished } from 'vitest';
// The words of the endpoint for the same agreement.
import { audioParameters } from '../../../packages/endpoint/src/media/audio-parameters';
import { codecCapabilities } from '../../../packages/endpoint/src/media/codec-capabilities';
import { heardSpeech, recordingPath, speechFile } from './speech';

await loadResampler();

/**
 * Our end of a WebRTC call in one codec: plays speech over and over, and records what it hears.
 *
 * @param redundancy packets that each repeats (RFC 2198)
 * @param loss share of RTP that is lost on its way, in each direction
 */
export async function webRtcPhone(codec: string, { redundancy = 0, loss = 0 } = {}) {
  const certificate = await DtlsCertificate.create();
  const base = await openIceTransport({ addresses: ['127.0.0.1'], rtcpMux: true });
  const transport = new MediaTransport({ base, certificate });
  if (loss > 0) lose(transport, loss);
  const session = new AudioSession({ transport, codecs: fullRegistry() });
  const errors: string[] = [];
  session.on('error', (error) => errors.push(error.message));
  const file = recordingPath('webrtc');
  const recorder = await wavRecorder(file);
  session.source = await wavFileSource(speechFile, { loop: true });
  session.addSink(recorder);
  onTestFinished(async () => {
    await session.close();
    await recorder.close();
  });
  await base.gather();
  const { rtp } = base.defaultAddress;
  const negotiation = new OfferAnswer({
    origin: { sessionId: '1' },
    address: rtp.host,
    port: rtp.port,
    codecs: codecCapabilities(fullRegistry(), [codec]),
    redundancy,
    rtcpMux: 'require',
    reducedSize: true,
    feedback: true,
    bundle: true,
    ice: base.local,
    dtls: { fingerprints: certificate.fingerprints },
    security: { policy: 'mandatory', keying: ['dtls'], random: systemRandom },
  });
  const configure = () => session.configure(audioParameters(negotiation.session!));
  const heard = async () => {
    await recorder.close();
    return heardSpeech(readFileSync(file));
  };
  return { session, negotiation, configure, heard, errors };
}

function lose(transport: MediaTransport, share: number): void {
  const random = seededRandom(9);
  const passes = () => random() >= share;
  const { onRtp, sendRtp } = transport;
  transport.onRtp = (handler) => onRtp.call(transport, (...packet) => passes() && handler(...packet));
  transport.sendRtp = (bytes) => {
    if (passes()) sendRtp.call(transport, bytes);
  };
}
