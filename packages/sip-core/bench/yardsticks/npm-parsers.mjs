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

/** Writes what npm `sip` parsed before: as it came, to the next hop, and its answer. To bytes, as its transport does. */
export function npmWriters(message) {
  const sip = require('sip');
  const parsed = sip.parse(message.toString('utf8'));
  const hop = { version: '2.0', protocol: 'UDP', host: '192.0.2.9', params: { branch: 'z9hG4bK1' } };
  const written = (each) => Buffer.from(sip.stringify(each)).length;
  return {
    stringify: () => written(parsed),
    forward: () => {
      const headers = { ...parsed.headers, via: [hop, ...parsed.headers.via], 'max-forwards': 68 };
      return written({ ...parsed, headers });
    },
    respond: () => {
      const response = sip.makeResponse(parsed, 180, 'Ringing');
      response.headers.to = { ...response.headers.to, params: { ...response.headers.to.params, tag: 'a6c85cf' } };
      return written(response);
    },
  };
}
