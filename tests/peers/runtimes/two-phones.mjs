// Runs in any JavaScript runtime with sockets: a phone registers and calls over each transport, and hangs up; and descriptions and codecs are there.
import { readFileSync } from 'node:fs';
import { defaultRegistry } from '@offhook/codecs';
import { parseSessionDescription } from '@offhook/sdp';
import { SipStack, WebSocketTransport } from '@offhook/sip-core';
import { TcpTransport, TlsTransport, UdpTransport, WssTransport, WsTransport } from '@offhook/sip-core/node';

const host = '127.0.0.1';
const local = { host, port: 0 };
const ca = readFileSync('ca.pem', 'utf8');
const tls = { ...local, certificate: { cert: readFileSync('cert.pem', 'utf8'), key: readFileSync('key.pem', 'utf8') } };

const description = {
  contentType: 'application/sdp',
  body: new TextEncoder().encode(
    'v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n',
  ),
};
const offerAnswer = {
  createOffer: () => description,
  createAnswer: () => description,
  acceptAnswer: () => {},
  rollback: () => {},
};

const server = new SipStack({
  transports: [
    new UdpTransport(local),
    new TcpTransport(local),
    new TlsTransport(tls),
    new WsTransport(local),
    new WssTransport(tls),
  ],
});
await server.start();
server.on('request', (transaction) => {
  transaction.reply(200, { headers: [['Contact', transaction.request.headers.get('Contact') ?? '']] });
});
server.on('invite', (session) => {
  session.offerAnswer = offerAnswer;
  session.accept().catch(() => {});
});

/** What a client of each has: the WebSocket of the platform, and that of the package. */
const clients = {
  UDP: () => new UdpTransport({ host }),
  TCP: () => new TcpTransport({ host }),
  TLS: () => new TlsTransport({ host, ca }),
  WS: (port) =>
    globalThis.WebSocket
      ? new WebSocketTransport({ url: `ws://${host}:${port}/` })
      : new WsTransport({ host, listen: false }),
  WSS: () => new WssTransport({ host, ca }),
};

const results = {};
for (const { protocol, local } of server.transports) {
  const phone = new SipStack({ transports: [clients[protocol](local.port)] });
  await phone.start();
  const uri = `sip:${host}:${local.port};transport=${protocol === 'WSS' ? 'ws' : protocol.toLowerCase()}`;
  const registration = phone.register({ aor: `sip:alice@${host}`, server: uri });
  await registration.start();
  const call = phone.invite({ uri, from: `sip:alice@${host}`, offerAnswer });
  await new Promise((resolve, reject) => {
    call.on('established', resolve);
    call.on('ended', ({ error, status }) => reject(error ?? new Error(`The call ended: ${status}.`)));
  });
  results[protocol] = `${registration.state}, ${call.state}`;
  await call.terminate();
  results[protocol] += `, ${call.state}`;
  await registration.remove();
  await phone.close();
}
await server.close();

// Who proves to be somebody else is refused, and so is whom nobody vouches for.
const stranger = {
  ...local,
  certificate: { cert: readFileSync('stranger.pem', 'utf8'), key: readFileSync('stranger-key.pem', 'utf8') },
};
const strangers = new SipStack({ transports: [new TlsTransport(stranger), new WssTransport(stranger)] });
await strangers.start();
results.refused = {};
for (const { protocol, local } of strangers.transports) {
  for (const trusted of [ca, undefined]) {
    const options = { host, ...(trusted && { ca: trusted }) };
    const phone = new SipStack({
      transports: [protocol === 'TLS' ? new TlsTransport(options) : new WssTransport(options)],
    });
    await phone.start();
    const uri = `sip:${host}:${local.port};transport=${protocol === 'TLS' ? 'tls' : 'ws'}`;
    const outcome = await phone
      .request({ method: 'OPTIONS', uri, from: `sip:alice@${host}` })
      .catch(({ code }) => code);
    results.refused[`${protocol} ${trusted ? 'name' : 'authority'}`] = outcome;
    await phone.close();
  }
}
await strangers.close();

const codecs = defaultRegistry()
  .list()
  .map(({ name }) => name);
const sdp = parseSessionDescription(new TextDecoder().decode(description.body)) !== undefined;
console.log(JSON.stringify({ ...results, sdp, codecs: codecs.includes('PCMU') }));
