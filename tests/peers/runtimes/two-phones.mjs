// Runs in any JavaScript runtime with sockets: two user agents register, call and describe over UDP, TCP and WebSocket.
import { defaultRegistry } from '@offhook/codecs';
import { parseSessionDescription } from '@offhook/sdp';
import { SipStack, WebSocketTransport } from '@offhook/sip-core';
import { TcpTransport, UdpTransport, WsTransport } from '@offhook/sip-core/node';

const local = { host: '127.0.0.1', port: 0 };
const server = new SipStack({ transports: [new UdpTransport(local), new TcpTransport(local), new WsTransport(local)] });
await server.start();
server.on('request', (transaction) => {
  transaction.reply(200, { headers: [['Contact', transaction.request.headers.get('Contact') ?? '']] });
});

const results = {};
for (const { protocol, local } of server.transports) {
  const transport =
    protocol === 'WS'
      ? new WebSocketTransport({ url: `ws://127.0.0.1:${local.port}/` })
      : protocol === 'TCP'
        ? new TcpTransport({ host: '127.0.0.1' })
        : new UdpTransport({ host: '127.0.0.1' });
  const phone = new SipStack({ transports: [transport] });
  await phone.start();
  const registration = phone.register({
    aor: 'sip:alice@127.0.0.1',
    server: `sip:127.0.0.1:${local.port};transport=${protocol.toLowerCase()}`,
  });
  await registration.start();
  results[protocol] = registration.state;
  await registration.remove();
  await phone.close();
}
await server.close();

const description = parseSessionDescription('v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\n');
const codecs = defaultRegistry()
  .list()
  .map(({ name }) => name);
console.log(JSON.stringify({ ...results, sdp: description !== undefined, codecs: codecs.includes('PCMU') }));
