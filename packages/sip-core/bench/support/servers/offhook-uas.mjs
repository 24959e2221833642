import { SipStack } from '../../../dist/index.js';
import { UdpTransport } from '../../../dist/node.js';
import { port, sdp, serving } from '../serving.mjs';

const body = { contentType: 'application/sdp', body: new TextEncoder().encode(sdp) };
const media = { createOffer: () => body, createAnswer: () => body, acceptAnswer() {}, rollback() {} };
const stack = new SipStack({
  transports: [new UdpTransport({ host: '127.0.0.1', port })],
  // All load comes from one source.
  limits: { sourceRate: 0 },
});
await stack.start();
let calls = 0;
stack.on('invite', (session) => {
  calls++;
  session.offerAnswer = media;
  session.accept().catch(() => {});
});
serving(() => calls);
