import type { FuzzTarget } from '../../../tooling/fuzz/target';
import type { SipMessage } from '../src/message/message';
import { parseMessage } from '../src/message/parse';
import { SipRequest } from '../src/message/request';
import { serializeMessage } from '../src/message/serialize';
import { readAll } from '../src/message/testing/read-all';
import { validateRequest, validateResponse } from '../src/message/validate';
import { SipSyntaxError } from '../src/platform/errors';
import { mutate } from './mutate';
import { samples } from './samples';

/** All but Content-Length, which is worked out anew. */
const fields = ({ headers }: SipMessage) =>
  String([...headers].filter(([name]) => !/^(?:content-length|l)$/i.test(name)));

/** Mutated messages through the parser and the serializer. */
export const messages: FuzzTarget = {
  name: 'messages',
  promise: 'A message or a SipSyntaxError; what is taken is written, read and written the same, and can be answered.',
  usual: 3_000,
  make: (chance) => [mutate(chance.pick(samples), chance, samples)],
  check([bytes]) {
    readAll(bytes!);
    try {
      const message = parseMessage(bytes!, { stream: true });
      void (message instanceof SipRequest ? validateRequest(message) : validateResponse(message));
      const again = parseMessage(serializeMessage(message), { stream: true });
      if (fields(again) !== fields(message)) throw new Error('Header fields have changed.');
    } catch (error) {
      if (!(error instanceof SipSyntaxError)) throw error;
    }
  },
};
