import { expect, it } from 'vitest';
import { describeSdp } from './describe-sdp';

const sdp = (...lines: string[]) =>
  ['v=0', 'o=- 1 1 IN IP4 192.0.2.1', 's=-', 'c=IN IP4 192.0.2.1', 't=0 0', ...lines, ''].join('\r\n');

it('names codecs, place and direction of the first audio line', () => {
  const text = sdp('m=video 0 RTP/AVP 31', 'm=audio 4000 RTP/AVP 0 96 101', 'a=rtpmap:96 opus/48000/2');
  expect(describeSdp(`${text}a=rtpmap:101 telephone-event/8000\r\na=sendonly\r\n`)).toBe(
    'SDP PCMU opus DTMF, 192.0.2.1:4000, sendonly',
  );
});

it('takes the address of the media line before that of the session, and sendrecv when nothing is said', () => {
  expect(describeSdp(sdp('m=audio 4000 RTP/AVP 8', 'c=IN IP4 0.0.0.0'))).toBe('SDP PCMA, 0.0.0.0:4000, sendrecv');
});

it('says when there is no audio, and when nothing can be read', () => {
  expect(describeSdp(sdp())).toBe('SDP without audio');
  expect(describeSdp(sdp('m=audio 0 RTP/AVP 0'))).toBe('SDP audio refused');
  expect(describeSdp('nonsense')).toBe('SDP that cannot be read');
});
