import { handedOver, honoured, unsupported } from './setting';
import { flag, integer, list, oneOf, port, text, userAtHost } from './value-kind';

const dscp = (example: number) => integer(0, 63, example, 'a code point (RFC 2474) from 0 to 63');
/** The layer, whether Windows' scheduler for media is kept alive (500), and which devices are kept open (1000, 2000, both). */
const LAYERS = [0, 1000, 2000, 3000].flatMap((open) =>
  [0, 500].flatMap((alive) => [0, 1, 2].map((layer) => open + alive + layer)),
);
const NO_VIDEO = 'there is no video';

/** @internal Settings of `policy.endpoint`. */
export const endpointSettings = {
  public_address: honoured(
    text('192.0.2.1', 'an address, a host, $auto, $ipv4, $ipv6, $host, $fqdn, $net:SUBNET or $ADAPTER', /^\S*$/),
    'Address that peers are told, in Contact and session descriptions; empty or $auto: the local one that reaches the peer.',
    { fallback: '', original: 'next start', reason: '$ipv4 and $ipv6 choose as `ip_versions` does' },
  ),
  ip_versions: honoured(
    oneOf(['', 'ipv4', 'ipv6', 'ipv4,ipv6', 'ipv6,ipv4'], 'ipv6', 'ipv4, ipv6, "ipv4,ipv6", "ipv6,ipv4" or nothing'),
    'Family of the local address; with two, the first that this machine has an address of; nothing: "ipv4,ipv6".',
    { fallback: 'ipv4,ipv6', original: 'next start' },
  ),
  include_os_version_in_user_agent_header: honoured(flag(true), 'User-Agent says the operating system.', {
    fallback: false,
    original: 'next start',
    reason: 'off as in the framework headers; the file shipped with the original has 1',
  }),
  include_sdk_version_in_user_agent_header: honoured(flag(false), 'User-Agent says the version of this SDK.', {
    fallback: true,
    original: 'next start',
    origin: 'recalled',
  }),
  user_agent: honoured(
    text('Desk/1.0', 'text without line ends', /^[^\r\n]*$/),
    'The whole User-Agent header field, in place of ours.',
    { original: 'next start', origin: 'header' },
  ),
  signaling_qos: handedOver(dscp(24), 'DSCP of SIP.', 'given as `further.signalingDscp`: SIP is not marked yet', {
    fallback: 0,
    original: 'next start',
  }),
  secure_signaling_qos: handedOver(
    dscp(24),
    'DSCP of SIP over TLS.',
    'given as `further.secureSignalingDscp`: SIP is not marked yet',
    { fallback: 0, original: 'next start', origin: 'header' },
  ),
  audio_qos: honoured(dscp(46), 'DSCP of audio; 0: not marked. Needs the package `koffi`.', { fallback: 0 }),
  video_qos: unsupported(dscp(34), 'DSCP of video.', NO_VIDEO, { fallback: 0 }),
  video_max_bitrate: unsupported(integer(0, 100_000, 512), 'Most kbit/s of video.', NO_VIDEO, { origin: 'header' }),
  sip_port_min: honoured(port(5070), 'First local port of SIP that is tried.', {
    fallback: 5060,
    original: 'next start',
  }),
  sip_port_max: honoured(port(5090), 'Last local port of SIP that is tried.', {
    fallback: 5080,
    original: 'next start',
    reason: 'tried one after the other by `configuredEndpoint()`',
  }),
  tcp_port_min: unsupported(
    port(20_000, 'any'),
    'First local port of connections we open.',
    'the operating system chooses',
    { fallback: 0, original: 'next start', origin: 'recalled' },
  ),
  tcp_port_max: unsupported(
    port(21_000, 'any'),
    'Last local port of connections we open.',
    'the operating system chooses',
    { fallback: 0, original: 'next start', origin: 'recalled' },
  ),
  rtp_port_min: honoured(port(10_000), 'First local port of RTP.', {
    fallback: 9000,
    original: 'next start',
    reason: 'the file shipped with the original has 8000',
  }),
  rtp_port_max: honoured(port(9500, 'rtp_port_min + 999'), 'Last local port of RTP; rtp_port_min + 999 when absent.', {
    original: 'next start',
  }),
  rtp_inactivity_timeout: honoured(
    integer(0, 2_147_483_647, 30, '1 to 149 seconds, or 0 (or 150 and more) for never'),
    'Seconds without RTP, where it is expected, after which a call is released.',
    { fallback: 0 },
  ),
  sip_transaction_timeout: honoured(
    integer(1, 32_000, 8000),
    'ms that a request waits for an answer, before the next server is tried.',
    { origin: 'recalled', reason: '32000 when absent, as RFC 3261 (64 times T1) has it; the original has 4000' },
  ),
  vq_report_publish: honoured(flag(true), 'Reports on voice quality are published (RFC 6035).', { fallback: false }),
  vq_report_collector: honoured(userAtHost('collector@192.0.2.9:5060'), 'Where those reports go.'),
  vq_alarm_threshold: honoured(
    { type: 'number', allowed: '1.0 to 5.0, or 0 for none', minimum: 1, maximum: 5, orZero: true, example: 3.5 },
    'MOS below which an alarm is raised, and with reports published.',
    { fallback: 0, original: 'immediately', origin: 'recalled' },
  ),
  answer_sdp_priority: honoured(oneOf(['config', 'offer'], 'offer'), 'Whose order of codecs counts when we answer.', {
    effect: 'next call',
    fallback: 'config',
    origin: 'recalled',
  }),
  refer_to_proxy: honoured(
    flag(true),
    'Where the INVITE goes that a REFER asks for: to the address in Refer-To (0), or to the server of the line (1).',
    { effect: 'next call', fallback: false, origin: 'recalled' },
  ),
  defer_device_release: handedOver(
    integer(0, 60_000, 500, 'ms up to 60000, or 0 for at once'),
    'ms that audio devices stay open after a call, so that a hold does not glitch.',
    'given as `further.devices.releaseDelayMs`: devices belong to the application',
    { fallback: 200, original: 'immediately', origin: 'recalled' },
  ),
  webrtc_audio_layer: unsupported(
    oneOf(LAYERS, 2, '0, 1 or 2, with 500 added or not, and 1000, 2000 or 3000 added or not'),
    'Audio layer of Windows, and devices kept open.',
    'devices are reached by other means than those of the original, and belong to the application',
    { fallback: 0, original: 'next start' },
  ),
  gui_call_lines: handedOver(
    integer(1, 7, 5),
    'Lines for calls that the phone shows.',
    'given as `further.display.callLines`: the SDK has no screen',
    { fallback: 3, original: 'next start', origin: 'recalled' },
  ),
  gui_tabs: handedOver(
    text('calls,devices', 'names of tabs with commas between', /^(?:[^,\s]+(?:\s*,\s*[^,\s]+)*)?$/),
    'Tabs that the phone shows, in this order.',
    'given as `further.display.tabs`: the SDK has no screen',
    { original: 'next start', origin: 'recalled' },
  ),
};

const DEVICES =
  'given as `further.devices`, for `devicePreferences()` and `VoiceDevices`: devices belong to the application';
const names = (example: string) => list([example], 'names of devices or regular expressions, the preferred first');

/** @internal Settings of `policy.device`. */
export const deviceSettings = {
  use_headset: handedOver(flag(true), 'Devices are chosen by `headset_name`.', DEVICES, {
    fallback: false,
    original: 'immediately',
  }),
  headset_name: handedOver(names('Jabra'), 'Headsets, the preferred first; may be repeated.', DEVICES, {
    original: 'immediately',
  }),
  manual_audio_devices_configure: handedOver(
    flag(true),
    'Devices are chosen by `audio_in_device` and `audio_out_device`.',
    DEVICES,
    { fallback: false, original: 'immediately' },
  ),
  audio_in_device: handedOver(names('Microphone'), 'Microphones, the preferred first; may be repeated.', DEVICES, {
    original: 'immediately',
  }),
  audio_out_device: handedOver(names('Speakers'), 'Loudspeakers, the preferred first; may be repeated.', DEVICES, {
    original: 'immediately',
  }),
  ringer_device: handedOver(names('Speakers'), 'Where it rings, the preferred first; may be repeated.', DEVICES, {
    original: 'immediately',
    origin: 'recalled',
  }),
  include_headset: handedOver(
    list(['Mic:Speaker'], 'pairs of names, microphone:speaker'),
    'Pairs that are headsets beside those found; may be repeated.',
    DEVICES,
    { original: 'immediately', origin: 'recalled' },
  ),
  exclude_headset: handedOver(names('Webcam'), 'Devices that are no headsets; may be repeated.', DEVICES, {
    original: 'immediately',
    origin: 'recalled',
  }),
};
