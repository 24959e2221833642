/**
 * What a codec makes of audio, a payload for each whole frame.
 *
 * @param {import('@offhook/codecs').Codec} codec
 * @param {Int16Array} pcm
 * @param {import('@offhook/codecs').EncoderOptions} [options]
 * @returns {Buffer[]}
 */
export function payloadsOf(codec, pcm, options = {}) {
  const encoder = codec.createEncoder(options);
  const length = encoder.frameSamples * codec.channels;
  const out = Buffer.alloc(codec.maxPayloadBytes(options.frameDuration ?? codec.defaultFrameDuration));
  const payloads = Array.from({ length: Math.floor(pcm.length / length) }, (_, i) =>
    Buffer.from(out.subarray(0, encoder.encode(pcm.subarray(i * length, (i + 1) * length), out))),
  );
  encoder.close?.();
  return payloads;
}
