import { handedOver, honoured, unsupported } from './setting';
import { flag, integer, oneOf, text } from './value-kind';

const LOG =
  'given as `further.logging`; `configuredEndpoint()` with `logging: true` writes the files, as an SDK writes none unasked';
const NOT_OURS = 'kept; the layers and file rules it speaks of are those of the original';
const now = { original: 'immediately' } as const;

const NEVER = '(?:[Ff]alse|[Nn]o|[Oo]ff|0)';
const SEGMENT = new RegExp(`^(?:${NEVER}|[1-9][0-9]* ?(?:[KkMmGg][Bb]|[Hh][Rr])?)$`);
const EXPIRE = new RegExp(`^(?:${NEVER}|[1-9][0-9]* ?(?:[Ff]iles?|[Dd]ays?)?)$`);

/** @internal Settings of `system.diagnostics`. */
export const diagnosticsSettings = {
  enable_logging: handedOver(flag(false), 'Whether anything is logged.', LOG, {
    original: 'immediately',
    fallback: true,
  }),
  logger_type: handedOver(oneOf(['file', 'console'], 'console'), 'Where to.', LOG, {
    original: 'next start',
    fallback: 'file',
  }),
  log_file: handedOver(text('phone.log', 'a path'), 'The file.', LOG, {
    original: 'next start',
    fallback: 'SipEndpoint.log',
  }),
  log_level: handedOver(
    integer(0, 4, 2, '0 (fatal), 1 (error), 2 (warning), 3 (info) or 4 (debug)'),
    'What is logged: 0 fatal, 1 error, 2 warning, 3 info and each call at its end, 4 debug and each SIP message, each with those before it.',
    LOG,
    { original: 'immediately', fallback: 3 },
  ),
  log_options_provider: unsupported(text('gsip=2'), 'What is logged of each layer.', NOT_OURS, now),
  log_options_endpoint: unsupported(text('3'), 'What is logged of the endpoint.', NOT_OURS, {
    ...now,
    origin: 'recalled',
  }),
  log_filter: unsupported(text('dtmf'), 'What is kept out of the log.', NOT_OURS, { ...now, origin: 'recalled' }),
  log_segment: handedOver(
    text('10 MB', 'a size such as 10 MB or 500 KB, hours such as 1 hr, or false', SEGMENT),
    'When a new file is begun; 10 MB when absent.',
    LOG,
    { original: 'next start', origin: 'recalled' },
  ),
  log_expire: handedOver(
    text('7 day', 'days such as 7 day, files such as 5 file, or false', EXPIRE),
    'When old files go; ten are kept when absent.',
    LOG,
    { original: 'next start', origin: 'recalled' },
  ),
  log_time_format: unsupported(text('iso8601'), 'How times are written.', NOT_OURS, {
    original: 'next start',
    origin: 'recalled',
  }),
};

/** @internal Settings of `system.security`. */
export const securitySettings = {
  cert_file: honoured(text('phone.pem', 'the path of a PEM file with a certificate and its key'), 'Our certificate.', {
    original: 'next start',
    reason: 'a PEM file; the original takes the thumbprint of one in the Windows store',
  }),
  tls_enabled: honoured(flag(true), 'Connections by TLS are accepted, too; needs `cert_file`.', {
    original: 'next start',
    fallback: false,
    reason: 'lines with protocol `tls` need nothing of this',
  }),
  'tls-target-name-check': honoured(
    oneOf(['no', 'host'], 'no'),
    'Whether a server has to prove the name it was looked up by.',
    {
      original: 'next start',
      origin: 'recalled',
      fallback: 'host',
      reason: 'no: nothing is proved, neither name nor authority',
    },
  ),
  fips_enabled: unsupported(
    flag(true),
    'Only cryptography that FIPS 140 allows.',
    'a matter of how Node.js was built and started (--enable-fips)',
    { original: 'next start', origin: 'recalled', fallback: false },
  ),
  use_srtp: honoured(
    oneOf(
      [
        ...(['disabled', 'off', 'optional', 'allowed', 'elective', 'both', 'mandatory'] as const),
        ...(['optional,UEC', 'allowed,UEC', 'elective,UEC', 'both,UEC', 'mandatory,UEC'] as const),
      ],
      'mandatory',
      'disabled (or off), optional (or allowed), elective (or both) or mandatory, each but the first with ,UEC if need be',
    ),
    'Protection of audio: none, where the peer offers it, offered with plain RTP beside it, or always; UEC: RTCP is not encrypted.',
    { fallback: 'disabled' },
  ),
};

/** @internal Settings of `system.media`. */
export const mediaSettings = {
  ringing_file: honoured(
    text('ringing.wav', 'the path of a WAV file'),
    'What it rings with, unless `policy.session.ringing_file` says.',
    { origin: 'recalled', reason: 'heard at the `ringing.ringer` of the endpoint, which the application gives' },
  ),
};
