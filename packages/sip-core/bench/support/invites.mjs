const sdp = [
  'v=0',
  'o=alice 2890844526 2890844526 IN IP4 192.0.2.101',
  's=-',
  'c=IN IP4 192.0.2.101',
  't=0 0',
  'm=audio 49172 RTP/AVP 0 8 96',
  'a=rtpmap:0 PCMU/8000',
  'a=rtpmap:8 PCMA/8000',
  'a=rtpmap:96 telephone-event/8000',
  'a=fmtp:96 0-16',
  'a=ptime:20',
  'a=sendrecv',
  '',
].join('\r\n');

const text = [
  'INVITE sip:bob@biloxi.example.com SIP/2.0',
  'Via: SIP/2.0/UDP proxy.atlanta.example.com:5060;branch=z9hG4bK74bf92d8a1b3c',
  'Via: SIP/2.0/UDP 192.0.2.101:5060;branch=z9hG4bK776asdhds;rport=5060;received=192.0.2.101',
  'Max-Forwards: 69',
  'From: "Alice Liddell" <sip:alice@atlanta.example.com>;tag=1928301774',
  'To: "Bob" <sip:bob@biloxi.example.com>',
  'Call-ID: a84b4c76e66710d1f2c3@pc33.atlanta.example.com',
  'CSeq: 314159 INVITE',
  'Contact: <sip:alice@192.0.2.101:5060;transport=udp>',
  'P-Asserted-Identity: <sip:alice@atlanta.example.com>',
  'Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, PRACK, NOTIFY, REFER',
  'Supported: replaces, timer, 100rel, outbound',
  'Session-Expires: 1800;refresher=uac',
  'Min-SE: 90',
  'User-Agent: ExamplePhone/4.2.1.0815 (000413261b2e)',
  'Content-Type: application/sdp',
  `Content-Length: ${Buffer.byteLength(sdp)}`,
  '',
  sdp,
].join('\r\n');

/** An INVITE of 1,039 bytes as a desk phone sends it through one proxy. */
export const invite = Buffer.from(text);

/** The same from sixteen callers with names and tags of different lengths, so that no branch is learnt by heart. */
export const invites = Array.from({ length: 16 }, (_, caller) => {
  const name = 'alice'.padEnd(3 + ((caller * 7) % 8), 'xyz').slice(0, 3 + ((caller * 7) % 8));
  const tag = String(1928301774 * (caller + 1)).slice(0, 6 + ((caller * 5) % 7));
  return Buffer.from(
    text
      .replaceAll('alice@', `${name}@`)
      .replace('1928301774', tag)
      .replace('314159', String(caller * 911)),
  );
});
