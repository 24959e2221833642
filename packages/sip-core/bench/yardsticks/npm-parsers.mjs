import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const require = createRequire(import.meta.url);

/** Each reads of an INVITE what ours does; all of them take text, so the bytes are decoded first, as their transports do. */
export async function npmParsers(messages) {
  const sip = require('sip');
  const jssip = require('jssip/lib/Parser');
  // It exports no parser: this is the module its own transport handler uses.
  const folder = pathToFileURL(require.resolve('sip.js/lib/index.js'));
  const { Parser } = await import(new URL('./core/messages/parser.js', folder));
  const logger = { warn() {}, error() {} };
  return {
    'npm sip 0.0.6': (turn) => {
      const { headers } = sip.parse(messages[turn & 15].toString('utf8'));
      // Its addresses stay text until somebody asks; nobody does here.
      const addresses = headers.from.uri.length + headers.to.uri.length + headers.contact[0].uri.length;
      return headers.via[0].params.branch.length + headers['call-id'].length + headers.cseq.seq + addresses;
    },
    'npm jssip 3': (turn) => {
      const message = jssip.parseMessage(messages[turn & 15].toString('utf8'), undefined);
      const contact = message.parseHeader('contact');
      const addresses = message.from.uri.host.length + message.to.uri.host.length + contact.uri.host.length;
      return message.via_branch.length + message.call_id.length + message.cseq + addresses;
    },
    'npm sip.js 0.21': (turn) => {
      const message = Parser.parseMessage(messages[turn & 15].toString('utf8'), logger);
      const contact = message.parseHeader('contact');
      const addresses = message.from.uri.host.length + message.to.uri.host.length + contact.uri.host.length;
      return message.viaBranch.length + message.callId.length + message.cseq + addresses;
    },
  };
}

/** Writes a message that npm `sip` parsed before, to bytes as its transport does. */
export function npmStringify(message) {
  const sip = require('sip');
  const parsed = sip.parse(message.toString('utf8'));
  return () => Buffer.from(sip.stringify(parsed)).length;
}
