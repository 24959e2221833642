import { honoured } from './setting';
import { hostPort, oneOf, text } from './value-kind';

/** @internal Attributes of a `Connectivity` element: one line (user at a server) each. */
export const connectivitySettings = {
  user: honoured(
    text('1002', 'the number (DN) or name of a user', /^[^\s@:;<>"/?]+$/),
    'Who the line registers as: the user part of its address-of-record.',
    { original: 'next registration', effect: 'immediately' },
  ),
  server: honoured(hostPort('sip.example.com:5060'), 'The SIP Server of the line; port 5060 (TLS: 5061) when absent.', {
    original: 'next registration',
    effect: 'immediately',
  }),
  protocol: honoured(oneOf(['udp', 'tcp', 'tls'], 'tcp'), 'What SIP travels by to that server.', {
    fallback: 'udp',
    original: 'next registration',
    effect: 'immediately',
    alias: 'sipendpoint.transport-protocol',
  }),
};
