import { createRequire } from 'node:module';
import { port, serving } from '../serving.mjs';

const sip = createRequire(import.meta.url)('sip');
let served = 0;
const stack = sip.create({ address: '127.0.0.1', port, tcp: false }, (request) => {
  const response = sip.makeResponse(request, 200, 'OK');
  response.headers.to.params.tag = Math.random().toString(36).slice(2);
  response.headers.contact = request.headers.contact;
  stack.send(response);
  served++;
});
serving(() => served);
