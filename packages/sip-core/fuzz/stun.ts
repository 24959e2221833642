import type { Chance } from '../../../tooling/fuzz/chance';
import type { FuzzTarget, Input } from '../../../tooling/fuzz/target';
import { answerStun, bindingRequest, isStun, readStun } from '../src/transport/stun';
import { mutate } from './mutate';

const sources = [
  { host: '192.0.2.7', port: 5060 },
  { host: '2001:db8::7', port: 65_535 },
];

const id = (chance: Chance) => Uint8Array.from({ length: 12 }, () => chance.below(256));

/** Requests, their answers, and octets that only begin like them. */
function datagram(chance: Chance): Uint8Array {
  const request = bindingRequest(id(chance));
  const answer = answerStun(readStun(request)!, chance.pick(sources))!;
  const whole = chance.pick([request, answer]);
  if (chance.is(0.1)) return whole;
  if (chance.is(0.3))
    return Uint8Array.of(...whole.subarray(0, 20), ...Array.from({ length: 24 }, () => chance.below(256)));
  return mutate(whole, chance, [request, answer], 3);
}

/** Keep-alives that come by the same socket as SIP (RFC 8489). */
export const stun: FuzzTarget = {
  name: 'stun',
  promise: 'Read or not, never thrown; what is answered is answered once, with the same transaction.',
  usual: 2_000,
  make: (chance): Input => [datagram(chance)],
  check([data]) {
    const message = readStun(data!);
    if (!message) return;
    if (!isStun(data!)) throw new Error('What is no STUN message was read as one.');
    for (const source of sources) {
      const answer = answerStun(message, source);
      if (!answer) continue;
      const read = readStun(answer);
      if (!read) throw new Error('Our own answer cannot be read.');
      if (String(read.transactionId) !== String(message.transactionId)) throw new Error('The answer is for another.');
      if (answerStun(read, source)) throw new Error('An answer is answered: two servers would never end.');
      const { mapped } = read;
      if (read.class === 'success' && (mapped?.host !== source.host || mapped.port !== source.port)) {
        throw new Error(`${source.host} ${source.port} became ${mapped?.host} ${mapped?.port}.`);
      }
    }
  },
};
