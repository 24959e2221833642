import { handedOver, honoured, unsupported } from './setting';
import { flag, integer, oneOf, text } from './value-kind';

const VOICE =
  'given as `further.voice`: it treats what comes from and goes to devices, which belong to the application';
const TONES = 'given as `further.tones`: who has a loudspeaker plays them';
const RINGER = 'heard at the `ringing.ringer` of the endpoint, which the application gives';
const SPEAKER = 'heard at the `device` of the endpoint, which the application gives';
const wav = (example: string) => text(example, 'the path of a WAV file');
const status = (example: number) => integer(400, 699, example, 'a SIP status from 400 to 699');

/** @internal Settings of `policy.session`. */
export const sessionSettings = {
  agc_mode: handedOver(flag(false), 'Automatic gain control of the microphone.', VOICE, {
    fallback: true,
    original: 'immediately',
  }),
  rx_agc_mode: handedOver(flag(true), 'Automatic gain control of what the peer says.', VOICE, {
    fallback: false,
    original: 'immediately',
    origin: 'recalled',
  }),
  echo_control: handedOver(flag(false), 'Echo is cancelled.', VOICE, { fallback: true, origin: 'recalled' }),
  noise_suppression: handedOver(flag(false), 'Noise is suppressed.', VOICE, { fallback: true, origin: 'recalled' }),
  dtx_mode: honoured(flag(false), 'Pauses are left out where the peer takes comfort noise in their place.', {
    fallback: true,
    original: 'immediately',
    reason: 'on as in the framework headers; the file shipped with the original has 0',
  }),
  vad_level: unsupported(
    integer(0, 3, 2),
    'How readily something is taken for a pause: 0 seldom to 3 often.',
    'pauses are told by the level of the noise, without grades',
    { fallback: 1, original: 'immediately' },
  ),
  auto_answer: honoured(
    flag(true),
    'Incoming calls are answered at once. Not while nobody could talk: see `reject_session_when_headset_na`.',
    { fallback: false, effect: 'next call' },
  ),
  auto_accept_video: unsupported(flag(true), 'Calls are answered with video.', 'there is no video', {
    fallback: false,
  }),
  reject_session_when_headset_na: honoured(
    flag(true),
    'Calls are refused while no headset of the list is there (`use_headset` 1), or no device at all.',
    { fallback: false, effect: 'next call', reason: 'takes an application that says what is there' },
  ),
  sip_code_when_headset_na: honoured(status(486), 'SIP status of that refusal.', {
    fallback: 480,
    effect: 'next call',
  }),
  reject_session_when_busy: honoured(flag(true), 'Calls are refused while there are others.', {
    fallback: false,
    effect: 'next call',
    origin: 'recalled',
  }),
  number_sessions_for_busy: honoured(integer(1, 10_000, 2), 'Calls that there have to be to be busy.', {
    fallback: 1,
    effect: 'next call',
    origin: 'recalled',
  }),
  sip_code_when_busy: honoured(status(600), 'SIP status of that refusal.', {
    fallback: 486,
    effect: 'next call',
    origin: 'recalled',
  }),
  dtmf_method: honoured(oneOf(['Rfc2833', 'Info', 'InbandRtp'], 'Info'), 'How digits are sent.', {
    effect: 'next call',
    fallback: 'Rfc2833',
    reason: 'where the peer does not take the method, the next one that it takes',
  }),
  dtmf_feedback: handedOver(flag(false), 'Digits are heard here, too.', TONES, {
    fallback: true,
    origin: 'recalled',
  }),
  ptime: honoured(integer(10, 120, 40), 'ms of audio a packet; what the codec likes when absent.', {
    effect: 'next call',
    origin: 'ours',
  }),
  callwait_tone_enabled: honoured(flag(false), 'A tone tells of a second call.', {
    fallback: true,
    origin: 'recalled',
    reason: RINGER,
  }),
  callwait_tone_file: honoured(wav('callwait.wav'), 'That tone; the usual one when absent.', {
    origin: 'recalled',
    reason: RINGER,
  }),
  ringback_enabled: honoured(
    oneOf([0, 1, 2, 3, 4, 6], 2),
    'What a caller hears: 0 nothing, 1 reliable early media, 2 the file, 3 either; 4 and 6 as 1 and 3, early media unreliable, too.',
    { origin: 'recalled', reason: `1 and 3 are as 4 and 6, and as 6 when absent; ${SPEAKER}` },
  ),
  ringback_file: honoured(wav('ringback.wav'), 'What a caller hears without early media; the usual tone when absent.', {
    origin: 'recalled',
    reason: SPEAKER,
  }),
  ringing_enabled: honoured(
    integer(0, 7, 7),
    'Where it rings: 0 nowhere, 1 default device, 2 communication device, 3 both, 4 ringer device, 5 = 1 + 4, 6 = 2 + 4, 7 once and whole.',
    { origin: 'recalled', reason: `${RINGER}, whichever of 1 to 6 is meant: \`further.tones.ringing.mode\`` },
  ),
  ringing_timeout: honoured(
    integer(0, 3600, 60, 'seconds up to 3600, or 0 for as long as it takes'),
    'Seconds it rings.',
    { fallback: 0, origin: 'recalled', reason: RINGER },
  ),
  ringing_file: honoured(wav('ringing.wav'), 'What it rings with.', { origin: 'recalled', reason: RINGER }),
  ringing_while_call_held: honoured(
    flag(false),
    'It rings for a call while another is held; with 0, the tone of `callwait_tone_enabled` is heard.',
    { fallback: true, origin: 'recalled', reason: RINGER },
  ),
  restart_audio_if_stuck: unsupported(
    flag(true),
    'Audio that is stuck is started anew.',
    'sources and sinks belong to the application; a call says `inactive` when nothing comes',
    { fallback: false, origin: 'recalled' },
  ),
};
