import { honoured, unsupported } from './setting';
import { flag, host, hostPort, integer, oneOf, secret, text } from './value-kind';

const MAX_SECONDS = 2_147_483_647;
/** A line that is changed is replaced at once. */
const registration = { original: 'next registration', effect: 'immediately' } as const;

/** @internal Settings of `proxies.proxyN`: what belongs to the line number N, from 0. */
export const proxySettings = {
  reg_timeout: honoured(
    integer(-MAX_SECONDS, MAX_SECONDS, 600, 'seconds, 0 for no registration, or less for 1800'),
    'Seconds that a registration lasts; 0: none, the line stands alone; negative: 1800.',
    { ...registration, fallback: 1800, reason: 'what is no number is a mistake; the original takes it for 0' },
  ),
  reg_interval: honoured(
    integer(0, 86_400, 30, 'seconds up to 86400, or 0 for never'),
    'Seconds after a failure until the line tries to register again; 0: it does not.',
    { ...registration, reason: 'when absent, lines try again as `retryInterval` says; the original does not' },
  ),
  reg_match_received_rport: honoured(
    flag(true),
    'The line registers the address that the server sees, where that is another.',
    { ...registration, fallback: false, origin: 'recalled' },
  ),
  password: honoured(secret('secret'), 'Password for digest authentication.', registration),
  display_name: honoured(text('Alice'), 'Name in From.', { original: 'next call', effect: 'immediately' }),
  register_address: honoured(
    host('sbc.example.com'),
    'Where the line registers and calls by, in place of the server.',
    {
      ...registration,
      origin: 'seen',
      alias: 'sipendpoint.sbc-register-address',
    },
  ),
  register_port: honoured(
    integer(0, 65_535, 5070, 'a port from 1 to 65535, or 0 to look it up (DNS SRV)'),
    'Port of `register_address`.',
    { ...registration, fallback: 0, alias: 'sipendpoint.sbc-register-port' },
  ),
  backup_server: honoured(
    hostPort('pbx2.example.com'),
    'Server that takes over when that of the line does not answer.',
    {
      ...registration,
      origin: 'ours',
    },
  ),
};

const MAILBOX = 'watched by `configuredEndpoint()` once the line is registered, which tells `onMessages`';

/** @internal Settings of `proxies.proxyN.mailbox`. */
export const mailboxSettings = {
  user: honoured(text('2001', 'a user', /^[^\s@;<>"]*$/), 'Whose messages are told of.', {
    ...registration,
    reason: MAILBOX,
  }),
  server: honoured(hostPort('mail.example.com:5060'), 'The server that tells of them.', {
    ...registration,
    reason: MAILBOX,
  }),
  transport: honoured(oneOf(['udp', 'tcp', 'tls'], 'tcp'), 'What SIP travels by to it.', {
    ...registration,
    reason: MAILBOX,
    fallback: 'udp',
  }),
  timeout: honoured(integer(0, MAX_SECONDS, 600, 'seconds'), 'Seconds that a subscription lasts.', {
    ...registration,
    reason: MAILBOX,
    fallback: 1800,
  }),
  password: honoured(secret('secret'), 'Password for digest authentication.', { ...registration, reason: MAILBOX }),
};

const ALL_LINES = 'the servers of all lines serve every call: ICE belongs to the endpoint';

/** @internal Settings of `proxies.proxyN.nat`. */
export const natSettings = {
  ice_enabled: honoured(flag(true), 'A way through address translators is looked for (ICE, RFC 8445).', {
    fallback: false,
    reason: ALL_LINES,
  }),
  stun_server: honoured(host('stun.example.com'), 'STUN server.', { reason: ALL_LINES }),
  stun_server_port: honoured(integer(1, 65_535, 3479, 'a port from 1 to 65535'), 'Its port.', { fallback: 3478 }),
  turn_server: honoured(host('turn.example.com'), 'TURN server.', { reason: ALL_LINES }),
  turn_server_port: honoured(integer(1, 65_535, 3479, 'a port from 1 to 65535'), 'Its port.', { fallback: 3478 }),
  turn_user_name: honoured(text('alice'), 'User name at the TURN server.'),
  turn_password: honoured(secret('secret'), 'Password at the TURN server.'),
  turn_relay_type: honoured(oneOf([0, 1], 1, '0 for UDP or 1 for TCP'), 'How the TURN server is reached.', {
    fallback: 0,
  }),
};

/** @internal Settings of `policy.codecs`, by codec. */
export const codecPriority = honoured(
  integer(1, 127, 7, 'a priority from 1 to 127 that no other codec has'),
  'Priority of a codec, `NAME/RATE`: the highest is preferred, what is not named is not offered.',
  { effect: 'next call' },
);

/** @internal Settings of `codecs`, a section for each codec, by name. */
export const codecSectionSettings = {
  enabled: honoured(
    flag(false),
    'Whether the codec is offered, with all others that have a section, in the order of the sections.',
    { effect: 'next call', fallback: true, origin: 'recalled', reason: 'counts where `policy.codecs` is empty' },
  ),
  pt: unsupported(
    integer(0, 127, 120),
    'Payload type of the codec in offers.',
    'payload types are those of RFC 3551 and of the codec definitions, dynamic ones are agreed on in each call',
    { origin: 'recalled' },
  ),
  fmtp: unsupported(
    text('annexb=no'),
    'Format parameters of the codec in offers.',
    'each codec agrees on parameters by its own rules',
    { origin: 'recalled' },
  ),
};
