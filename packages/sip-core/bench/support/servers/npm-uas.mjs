import { createRequire } from 'node:module';
import { port, sdp, serving } from '../serving.mjs';

const sip = createRequire(import.meta.url)('sip');
let calls = 0;
const stack = sip.create({ address: '127.0.0.1', port, tcp: false }, (request) => {
  if (request.method === 'ACK') return;
  if (request.method !== 'INVITE') {
    stack.send(sip.makeResponse(request, 200, 'OK'));
    return;
  }
  calls++;
  const response = sip.makeResponse(request, 200, 'OK');
  response.headers.to.params.tag = Math.random().toString(36).slice(2);
  response.headers.contact = [{ uri: `sip:127.0.0.1:${port}`, params: {} }];
  response.headers['content-type'] = 'application/sdp';
  response.content = sdp;
  stack.send(response);
});
serving(() => calls);
