import { DigestServer, SipResponse, SipStack } from '../../../dist/index.js';
import { UdpTransport } from '../../../dist/node.js';
import { port, serving } from '../serving.mjs';

const digest =
  process.argv[3] === 'digest'
    ? new DigestServer({ realm: 'example.com', algorithms: ['MD5'], password: () => 'secret' })
    : undefined;
const stack = new SipStack({ transports: [new UdpTransport({ host: '127.0.0.1', port })], limits: { sourceRate: 0 } });
const bindings = new Map();
let served = 0;
stack.on('request', async (transaction) => {
  const { request, toTag } = transaction;
  if (digest) {
    const verdict = await digest.verify(request);
    if (!verdict.ok) {
      const challenge = SipResponse.for(request, digest.status, undefined, { toTag });
      for (const [name, value] of digest.challenge(verdict.stale)) challenge.headers.append(name, value);
      transaction.respond(challenge);
      return;
    }
  }
  const { contact } = request;
  bindings.set(request.to.uri.aor, { contact, expires: Date.now() + (request.expires ?? 3600) * 1000 });
  const response = SipResponse.for(request, 200, undefined, { toTag });
  const listed = contact.clone();
  listed.params.set('expires', String(request.expires ?? 3600));
  response.headers.append('Contact', listed);
  transaction.respond(response);
  served++;
});
await stack.start();
serving(() => served);
