/**
 * What went wrong, stable across releases:
 *
 * - `ERR_WAV_FORMAT`: the bytes are no WAV this package plays;
 * - `ERR_WAV_FILE`: the WAV file could not be read;
 * - `ERR_RECORDING`: the recording could not be created or written (disk full, no permission);
 * - `ERR_RECORDING_LIMIT`: the recording is as long as a WAV file can be (4 GiB) or as it may be;
 * - `ERR_NOISE_SUPPRESSION`: the noise suppression could not be loaded;
 * - `ERR_RESAMPLER`: the resampler could not be loaded;
 * - `ERR_RTP_PORTS`: no free port (pair) in the configured range;
 * - `ERR_RTP_SOCKET`: the media socket failed;
 * - `ERR_DSCP`: packets cannot be marked with a DSCP here;
 * - `ERR_CODEC_UNKNOWN`: the registry has no codec of that name and clock rate;
 * - `ERR_DTMF_DIGIT`: a character that RFC 4733 has no event for;
 * - `ERR_DTMF_NOT_NEGOTIATED`: the peer did not agree to telephone-event;
 * - `ERR_MEDIA_DIRECTION`: the negotiated direction does not let us send;
 * - `ERR_MEDIA_CLOSED`: the session is closed;
 * - `ERR_MEDIA_SOURCE`, `ERR_MEDIA_SINK`: an application's source or sink threw;
 * - `ERR_SRTP_KEY`: a key for SRTP that its suite cannot use;
 * - `ERR_AUDIO_DEVICE`: a microphone or loudspeaker cannot be opened, was lost, or the package for sound cards is missing;
 * - `ERR_TURN`: a TURN server refused, did not answer or lost our allocation;
 * - `ERR_ICE`: no pair of candidates works, or the peer does not consent any more;
 * - `ERR_DTLS`: the DTLS handshake failed, or the certificate is not the one that was announced;
 * - `ERR_MEDIA_WORKER`: a worker thread for media could not start or has crashed;
 * - `ERR_CODEC_MODULE`: a module of codecs could not be loaded by a worker;
 * - `ERR_MEDIA_ARGUMENT`: a value out of its range.
 */
export type MediaErrorCode =
  | 'ERR_WAV_FORMAT'
  | 'ERR_WAV_FILE'
  | 'ERR_RECORDING'
  | 'ERR_RECORDING_LIMIT'
  | 'ERR_NOISE_SUPPRESSION'
  | 'ERR_RESAMPLER'
  | 'ERR_RTP_PORTS'
  | 'ERR_RTP_SOCKET'
  | 'ERR_DSCP'
  | 'ERR_CODEC_UNKNOWN'
  | 'ERR_DTMF_DIGIT'
  | 'ERR_DTMF_NOT_NEGOTIATED'
  | 'ERR_MEDIA_DIRECTION'
  | 'ERR_MEDIA_CLOSED'
  | 'ERR_MEDIA_SOURCE'
  | 'ERR_MEDIA_SINK'
  | 'ERR_SRTP_KEY'
  | 'ERR_AUDIO_DEVICE'
  | 'ERR_TURN'
  | 'ERR_ICE'
  | 'ERR_DTLS'
  | 'ERR_MEDIA_WORKER'
  | 'ERR_CODEC_MODULE'
  | 'ERR_MEDIA_ARGUMENT';

/** Every error this package throws or reports: a stable `code`, and a message that says what to do. */
export class MediaError extends Error {
  override readonly name = 'MediaError';
  readonly code: MediaErrorCode;

  constructor(code: MediaErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
