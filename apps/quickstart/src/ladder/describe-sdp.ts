import { type MediaDescription, parseSessionDescription } from '@offhook/sdp';

/** Payload types that need no `a=rtpmap` (RFC 3551 §6), as far as phones use them. */
const staticNames: Record<string, string> = { 0: 'PCMU', 3: 'GSM', 4: 'G723', 8: 'PCMA', 9: 'G722', 18: 'G729' };

/** A session description in a few words: the codecs of its first audio line, where media goes, the direction. */
export function describeSdp(text: string): string {
  try {
    const description = parseSessionDescription(text);
    const audio = description.media.find(({ type }) => type === 'audio');
    if (!audio) return 'SDP without audio';
    if (audio.port === 0) return 'SDP audio refused';
    const address = audio.connection?.ip ?? description.connection?.ip ?? '?';
    const direction = audio.direction ?? description.direction ?? 'sendrecv';
    return `SDP ${codecNames(audio).join(' ')}, ${address}:${audio.port}, ${direction}`;
  } catch {
    return 'SDP that cannot be read';
  }
}

function codecNames({ payloads, rtp }: MediaDescription): string[] {
  const names = (payloads ?? '').split(/\s+/).map((payload) => {
    const mapped = rtp.find((each) => String(each.payload) === payload);
    return mapped?.codec ?? staticNames[payload] ?? payload;
  });
  return names.map((name) => (name === 'telephone-event' ? 'DTMF' : name));
}
