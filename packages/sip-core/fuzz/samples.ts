import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bytesOf } from '../../../tooling/fuzz/target';

const lines = (start: string, headers: string, body = ''): Uint8Array =>
  bytesOf(`${start}\r\n${headers.trim().split(/\n\s*/).join('\r\n')}\r\nContent-Length: ${body.length}\r\n\r\n${body}`);

const dialog = (method: string, more = '') => `
  Via: SIP/2.0/UDP 192.0.2.2:5060;rport;branch=z9hG4bK776asdhds, SIP/2.0/TCP [2001:db8::9]:5061;received=2001:db8::1;branch=z9hG4bKx
  Max-Forwards: 70
  Route: <sip:edge.example.com;lr>, "Core" <sips:[2001:db8::5]:5061;lr;transport=tcp>;x=y
  To: "Bob \\"the\\" Builder" <sip:bob:pass%20word@biloxi.example.com;user=phone?Subject=a%20b&X=>;tag=a6c85cf
  From: Alice <sip:alice@atlanta.example.com>;tag=1928301774
  Call-ID: a84b4c76e66710@pc33.atlanta.example.com
  CSeq: 314159 ${method}
  Contact: "A" <sip:alice@pc33.example.com;ob>;q=0.7;+sip.instance="<urn:uuid:00000000-0000-1000-8000-AABBCCDDEEFF>";reg-id=1
  ${more}`;

const SDP = 'v=0\r\no=- 1 1 IN IP4 192.0.2.2\r\ns=-\r\nc=IN IP4 192.0.2.2\r\nt=0 0\r\nm=audio 49170 RTP/AVP 0\r\n';

/** Messages of ours with every header field that has a codec. */
const OWN: readonly Uint8Array[] = [
  lines(
    'INVITE sip:bob@biloxi.example.com;transport=udp SIP/2.0',
    dialog(
      'INVITE',
      `Supported: 100rel, timer, replaces
      Require: 100rel
      Allow: INVITE, ACK, BYE
      Session-Expires: 1800;refresher=uac
      Min-SE: 90
      Alert-Info: <http://example.com/ring.wav>;info=alert-autoanswer, <urn:alert:service:x>
      Call-Info: <http://www.example.com/alice/photo.jpg>;purpose=icon;answer-after=0
      Answer-Mode: Auto;require
      Priv-Answer-Mode: Manual
      P-Asserted-Identity: "A" <sip:a@example.com>, tel:+14085264000
      P-Preferred-Identity: <sip:a@example.com>
      P-Associated-URI: <sip:a@example.com>
      Privacy: id;critical
      Diversion: <sip:x@example.com>;reason=user-busy;counter=2;limit=5;privacy=full;screen=no
      History-Info: <sip:bob@example.com?Reason=SIP%3Bcause%3D302>;index=1;foo=bar, <sip:c@example.com>;index=1.1;mp=1
      User-to-User: 56a390f3d2b7310023a2;encoding=hex;purpose=foo;content=bar
      Replaces: 98732@example.com;from-tag=r33th4x0r;to-tag=ff87ff;early-only
      Join: 12adf2f34456gs5;to-tag=12345;from-tag=54321
      Target-Dialog: fa77as7dad8-sd98ajzz@host.example.com;local-tag=kkaz-;remote-tag=6544
      Geolocation: <cid:target123@atlanta.example.com>;x=1
      Geolocation-Routing: no
      Identity: "abc";info=<https://example.com/x>
      Date: Sat, 13 Nov 2010 23:29:00 GMT
      Timestamp: 54.2 0.5
      Subject: a, b; c
      Organization: Bo
      Priority: emergency
      In-Reply-To: 70710@saturn.example.com, 17320@saturn.example.com
      User-Agent: Softphone/1.0 (a (b) c) x
      Server: y/2
      MIME-Version: 1.0
      Max-Breadth: 60
      Recv-Info: foo;x=y, bar
      Info-Package: foo
      Feature-Caps: *;+g.3gpp.srvcc
      Resource-Priority: dsn.flash, wps.3
      Accept-Resource-Priority: dsn.flash
      Security-Client: ipsec-3gpp;q=0.1, tls;q=0.2
      Security-Server: tls
      Security-Verify: tls;d-qop=auth
      P-Access-Network-Info: 3GPP-UTRAN-TDD;utran-cell-id-3gpp=23456789ABCDE, IEEE-802.11
      Content-Type: application/sdp;charset="utf-8"
      Content-Disposition: session;handling=optional
      Content-Encoding: gzip
      Content-Language: en, fr
      X-Genesys-CallUUID: 01234567`,
    ),
    SDP,
  ),
  lines(
    'SIP/2.0 401 Unauthorized',
    dialog(
      'REGISTER',
      `WWW-Authenticate: Digest realm="atl, \\"x\\"", domain="sip:a", nonce="f84f1c", opaque="", stale=FALSE, algorithm=SHA-256, qop="auth,auth-int", userhash=true
      Proxy-Authenticate: Digest realm="p", nonce="1", algorithm=MD5
      Retry-After: 18000 (in a "meeting");duration=3600
      Warning: 307 isi.edu "Session parameter 'foo' not understood", 399 [::1]:5060 "\\"x\\""
      Error-Info: <sip:not-in-service-recording@example.com>;x
      Reason: SIP;cause=200;text="Call completed elsewhere", Q.850;cause=16;text="Terminated"
      RSeq: 988789
      Accept: application/sdp;level=1;q=0.5, application/x-private, text/html
      Accept-Encoding: gzip;q=1.0, identity; q=0.5, *;q=0
      Accept-Language: da, en-gb;q=0.8, en;q=0.7
      Authentication-Info: nextnonce="47364c23", qop=auth, rspauth="0a", cnonce="x", nc=00000001
      Path: <sip:p1.example.com;lr>
      Service-Route: <sip:p2.example.com;lr>, <sip:p3.example.com;lr>`,
    ),
  ),
  lines(
    'NOTIFY sip:alice@pc33.example.com SIP/2.0',
    dialog(
      'NOTIFY',
      `Event: refer;id=93809824;x="a b"
      Allow-Events: presence, dialog.winfo
      Subscription-State: terminated;reason=noresource;retry-after=10;expires=60
      Content-Type: message/sipfrag;version=2.0`,
    ),
    'SIP/2.0 200 OK\r\nTo: <sip:b@example.com>;tag=1\r\n',
  ),
  lines(
    'REFER sip:b@example.com SIP/2.0',
    dialog(
      'REFER',
      `Refer-To: "C" <sip:dave@denver.example.org?Replaces=12345%40192.0.2.1%3Bto-tag%3D12345%3Bfrom-tag%3D5FFE-3994>
      Referred-By: <sip:alice@example.com>;cid="20398823.2UWQFN309shb3@example.com"
      Refer-Sub: false
      RAck: 776656 1 INVITE`,
    ),
  ),
  lines(
    'REGISTER sip:registrar.example.com SIP/2.0',
    dialog(
      'REGISTER',
      `Contact: *
      Expires: 0
      Authorization: Digest username="bob", realm="x", nonce="1", uri="sip:x", response="dd", algorithm=MD5, cnonce="0a", opaque="", qop=auth, nc=00000001
      Content-Type: multipart/mixed;boundary="a b"`,
    ),
    '--a b\r\nContent-Type: text/plain\r\nContent-ID: <x@y>\r\n\r\nhello\r\n--a b\r\n\r\nraw\r\n--a b--\r\n',
  ),
];

/** The torture messages of RFC 4475, when they lie beside the repository or where `OFFHOOK_VECTORS` says. */
function torture(): Uint8Array[] {
  const places = [process.env.OFFHOOK_VECTORS, '../shared/vectors', '../../../shared/vectors'];
  const folder = places.map((each) => join(each ?? '', 'rfc4475')).find((each) => existsSync(each));
  if (folder === undefined) return [];
  const files = readdirSync(folder).filter((each) => each.endsWith('.dat'));
  return files.sort().map((file) => new Uint8Array(readFileSync(join(folder, file))));
}

/** What mutations begin with. The same in every run on the same machine: with or without the messages of RFC 4475. */
export const samples: readonly Uint8Array[] = [...OWN, ...torture()];
