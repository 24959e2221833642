import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { answerStun, bindingRequest, isStun, readStun } from './stun';

const bytes = (hex: string) =>
  Uint8Array.from(hex.replace(/\s/g, '').match(/../g)!, (pair) => Number.parseInt(pair, 16));

const id = bytes('b7e7a701 bc34d686 fa87dfae');
const cookie = '2112a442';

/** Header of RFC 5769's samples: their transaction id is all the same. */
const head = (type: string, length: string) => `${type}${length}${cookie}b7e7a701bc34d686fa87dfae`;
const software = (name: string) =>
  `8022${name.length.toString(16).padStart(4, '0')}${Buffer.from(name.padEnd(name.length + (-name.length & 3), ' ')).toString('hex')}`;

describe('what RFC 5769 has as samples', () => {
  test('§2.1: a request, with priority and integrity', () => {
    const request = readStun(
      bytes(
        `${head('0001', '0058')}${software('STUN test client')}
        002400046e0001ff 80290008932ff9b151263b36 000600096576746a3a68367659202020
        000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2 80280004e57a3bcf`,
      ),
    );
    expect(request).toMatchObject({ class: 'request', method: 1, transactionId: id, mapped: undefined });
    // PRIORITY is of ICE: one who does not know it has to say so.
    expect(request!.unknown).toEqual([0x24]);
    expect(readStun(answerStun(request!, { host: '192.0.2.1', port: 1 })!)).toMatchObject({
      class: 'error',
      errorCode: 420,
      mapped: undefined,
      transactionId: id,
    });
  });

  test.each([
    ['§2.2: IPv4', '003c', '002000080001a147e112a643', '192.0.2.1'],
    ['§2.3: IPv6', '0048', '002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9', '2001:db8:1234:5678:11:2233:4455:6677'],
  ])('%s: the address of a response', (_name, length, attribute, host) => {
    const response = `${head('0101', length)}802200 0b7465737420766563746f7220 ${attribute}
      00080014${'00'.repeat(20)}80280004c07d4c96`;
    const read = readStun(bytes(response));
    expect(read).toMatchObject({ class: 'success', method: 1, transactionId: id, mapped: { host, port: 32_853 } });
    expect(read!.unknown).toEqual([]);
    // What we answer says the same, in the very bytes.
    const ours = answerStun(readStun(bindingRequest(id))!, { host, port: 32_853 })!;
    expect(Buffer.from(ours.subarray(20)).toString('hex')).toBe(attribute);
  });
});

describe('a Binding request and its answer (RFC 5626 §3.5.2)', () => {
  test('a request is its header alone', () => {
    expect(Buffer.from(bindingRequest(id)).toString('hex')).toBe(head('0001', '0000'));
    expect(() => bindingRequest(new Uint8Array(16))).toThrow(RangeError);
  });

  test('the address comes back as it was, whatever it is', () => {
    const address = fc.record({
      host: fc.oneof(
        fc.ipV4(),
        fc.ipV6().map((text) => new URL(`http://[${text}]`).hostname.slice(1, -1)),
      ),
      port: fc.integer({ min: 0, max: 65_535 }),
    });
    fc.assert(
      fc.property(address, fc.uint8Array({ minLength: 12, maxLength: 12 }), (from, transaction) => {
        // IPv4 in the clothes of IPv6 is IPv4.
        fc.pre(!from.host.startsWith('::ffff:'));
        const answer = readStun(answerStun(readStun(bindingRequest(transaction))!, from)!);
        expect(answer).toMatchObject({ class: 'success', transactionId: transaction, mapped: from, unknown: [] });
      }),
    );
  });

  test('an old server answers with MAPPED-ADDRESS; where both are, the masked one counts', () => {
    const plain = '000100080001138cc0000201';
    expect(readStun(bytes(`${head('0101', '000c')}${plain}`))!.mapped).toEqual({ host: '192.0.2.1', port: 5004 });
    const both = `${head('0101', '0018')}${plain}002000080001a147e112a643`;
    expect(readStun(bytes(both))!.mapped).toEqual({ host: '192.0.2.1', port: 32_853 });
  });

  test('nothing but a request is answered', () => {
    const from = { host: '192.0.2.1', port: 5060 };
    for (const type of ['0011', '0101', '0111', '0003']) {
      expect(answerStun(readStun(bytes(head(type, '0000')))!, from)).toBeUndefined();
    }
    expect(readStun(bytes(head('0011', '0000')))!.class).toBe('indication');
    expect(readStun(bytes(head('0003', '0000')))!.method).toBe(3);
  });
});

describe('what is no STUN', () => {
  test.each([
    ['SIP', Buffer.from('OPTIONS sip:bob@example.com SIP/2.0\r\n\r\n')],
    ['a keep-alive of CRLF', Buffer.from('\r\n\r\n')],
    ['nothing', Buffer.alloc(0)],
    ['another cookie', bytes(`000100002112a443b7e7a701bc34d686fa87dfae`)],
    ['a length that is not so', bytes(head('0001', '0004'))],
    ['a length of odd bytes', bytes(`${head('0001', '0003')}000000`)],
    ['RTP', bytes(`80${head('0001', '0000').slice(2)}`)],
  ])('%s', (_what, data) => {
    expect(isStun(data)).toBe(false);
    expect(readStun(data)).toBeUndefined();
  });

  test.each([
    ['an attribute longer than the message', `${head('0101', '0008')}0020000800010000`],
    ['half an attribute header', `${head('0101', '0004')}00200001`],
  ])('%s is malformed', (_what, hex) => {
    expect(readStun(bytes(hex))).toBeUndefined();
  });

  test.each([
    ['of no family', '002000080003a147e112a643'],
    ['too short for its family', '002000080002a147e112a643'],
  ])('an address %s is none', (_what, attribute) => {
    expect(readStun(bytes(`${head('0101', '000c')}${attribute}`))!.mapped).toBeUndefined();
  });

  test('hostile bytes are read, or are not: nothing else happens', () => {
    const frame = fc
      .tuple(fc.integer({ min: 0, max: 0x3fff }), fc.uint8Array({ maxLength: 120 }))
      .map(([type, content]) => {
        const body = content.subarray(0, content.length & ~3);
        const data = new Uint8Array(20 + body.length);
        const view = new DataView(data.buffer);
        view.setUint16(0, type);
        view.setUint16(2, body.length);
        view.setUint32(4, 0x2112a442);
        data.set(body, 20);
        return data;
      });
    fc.assert(
      fc.property(fc.oneof(frame, fc.uint8Array({ maxLength: 200 })), (data) => {
        const message = readStun(data);
        if (!message) return;
        const answer = answerStun(message, { host: '2001:db8::1', port: 5060 });
        if (answer) expect(readStun(answer)).toMatchObject({ transactionId: message.transactionId });
      }),
      { numRuns: 2_000 },
    );
  });
});
