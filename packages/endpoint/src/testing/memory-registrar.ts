import { DigestServer, type SipRequest, SipStack } from '@offhook/sip-core';
import { seededRandomBytes } from '@offhook/sip-core/testing';
import type { MemoryLab } from './memory-lab';

/** A registrar with one account, alice with the password secret, at `10.0.0.100`. */
export async function memoryRegistrar(lab: MemoryLab) {
  const { clock } = lab;
  const random = seededRandomBytes(99);
  const digest = new DigestServer({
    realm: 'lab',
    password: (user) => (user === 'alice' ? 'secret' : undefined),
    clock,
    random,
  });
  const requests: SipRequest[] = [];
  const registrar = { requests, refuse: 0, silent: false, expires: 600, bound: undefined as string | undefined };
  const stack = new SipStack({
    transports: [lab.sipNetwork.transport('UDP', { host: '10.0.0.100', port: 5060 })],
    clock,
    random,
  });
  stack.on('request', async (transaction) => {
    const { request } = transaction;
    if (registrar.silent) return;
    if (request.method !== 'REGISTER') return transaction.reply(405);
    requests.push(request);
    if (registrar.refuse > 0) return transaction.reply(registrar.refuse);
    const verdict = await digest.verify(request);
    if (!verdict.ok) return transaction.reply(401, { headers: digest.challenge(verdict.stale) });
    const contact = request.contact!.clone();
    const removed = contact.params.get('expires') === '0';
    registrar.bound = removed ? undefined : contact.uri.toString();
    contact.params.set('expires', String(registrar.expires));
    return transaction.reply(200, { headers: removed ? [] : [['Contact', contact.toString()]] });
  });
  await stack.start();
  return registrar;
}
