import type { SessionBody } from '@offhook/sip-core';

const SDP = 'application/sdp';

/** What a party does with its audio, as an offer or answer of its own says (RFC 3264 §5.1). */
export type MediaDirection = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

/** A description of that text. */
export const sdpBody = (text: string): SessionBody => ({
  contentType: SDP,
  body: new TextEncoder().encode(text),
});

/** The text of a description. */
export const sdpText = ({ body }: SessionBody): string => new TextDecoder().decode(body);

const isSdp = ({ contentType }: SessionBody): boolean => contentType.toLowerCase().startsWith(SDP);

/** Changes the lines of a description; a body of another type is left as it is. */
function rewrite(description: SessionBody, change: (lines: string[]) => string[]): SessionBody {
  if (!isSdp(description)) return description;
  const text = sdpText(description);
  const ending = /\r\n|\n/.exec(text)?.[0] ?? '\r\n';
  const closed = text.endsWith(ending);
  const lines = (closed ? text.slice(0, -ending.length) : text).split(ending);
  return sdpBody(change(lines).join(ending) + (closed ? ending : ''));
}

/** The same description as a hold: connection addresses become 0.0.0.0, the seed's "only universally accepted method", and the media `inactive` (RFC 3264 §8.4). */
export function onHold(description: SessionBody): SessionBody {
  const silent = withDirection(description, 'inactive');
  return rewrite(silent, (lines) =>
    lines
      .filter((line) => !/^a=(candidate|end-of-candidates|remote-candidates|rtcp:)/.test(line))
      .map((line) =>
        line.startsWith('c=') ? (line.startsWith('c=IN IP6') ? 'c=IN IP6 ::' : 'c=IN IP4 0.0.0.0') : line,
      ),
  );
}

/** The same description with one direction for all its media. */
export function withDirection(description: SessionBody, direction: MediaDirection): SessionBody {
  return rewrite(description, (lines) => {
    const kept = lines.filter((line) => !/^a=(sendrecv|sendonly|recvonly|inactive)$/.test(line));
    return insertPerMedia(kept, `a=${direction}`);
  });
}

/** Appends a line to each media section. */
function insertPerMedia(lines: readonly string[], added: string): string[] {
  const result: string[] = [];
  let inside = false;
  for (const line of lines) {
    if (line.startsWith('m=')) {
      if (inside) result.push(added);
      inside = true;
    }
    result.push(line);
  }
  if (inside) result.push(added);
  return result;
}

/** What the audio of a description does; undefined when it has none. Old-style hold, `c=0.0.0.0`, counts as `inactive` (RFC 3264 §8.4). */
export function directionOf(description: SessionBody): MediaDirection | undefined {
  const lines = sdpText(description).split(/\r?\n/);
  const start = lines.findIndex((line) => line.startsWith('m=audio '));
  if (start < 0) return undefined;
  const session = lines.slice(
    0,
    lines.findIndex((line) => line.startsWith('m=')),
  );
  const rest = lines.slice(start + 1);
  const end = rest.findIndex((line) => line.startsWith('m='));
  const media = end < 0 ? rest : rest.slice(0, end);
  const find = (pattern: RegExp) =>
    media.find((line) => pattern.test(line)) ?? session.find((line) => pattern.test(line));
  const connection = find(/^c=/) ?? '';
  if (/^c=IN IP4 0\.0\.0\.0$|^c=IN IP6 ::$/.test(connection)) return 'inactive';
  const said = find(/^a=(sendrecv|sendonly|recvonly|inactive)$/);
  return said ? (said.slice(2) as MediaDirection) : 'sendrecv';
}

/** Address and port at which a description wants its audio, in short; `-` without one. */
export function audioAddress(description: SessionBody): string {
  const lines = sdpText(description).split(/\r?\n/);
  const media = lines.find((line) => line.startsWith('m=audio '));
  const connection = lines.filter((line) => line.startsWith('c=')).at(-1);
  if (!media || !connection) return '-';
  return `${connection.split(' ')[2]}:${media.split(' ')[1]}`;
}

/** How the server describes itself in one dialog: one session whose version grows (RFC 3264 §8), whoever is described. */
export class DescriptionIdentity {
  readonly #id: string;
  #version = 0;
  #last: string | undefined;
  #sections = 0;

  /** @param id number of the session, digits only */
  constructor(id: string) {
    this.#id = id;
  }

  /** What is sent of a description that came over another dialog. */
  own(description: SessionBody): SessionBody {
    const padded = this.#padded(description);
    const body = rewrite(padded, (lines) => lines.filter((line) => !line.startsWith('o=')));
    const content = sdpText(body);
    if (content !== this.#last) this.#version++;
    this.#last = content;
    return rewrite(padded, (lines) =>
      lines.map((line) => {
        if (!line.startsWith('o=')) return line;
        const [, , , ...where] = line.split(' ');
        return ['o=offhook', this.#id, this.#version, ...where].join(' ');
      }),
    );
  }

  /** A media section once there stays (RFC 3264 §8): those that the other side does not have are refused. */
  #padded(description: SessionBody): SessionBody {
    return rewrite(description, (lines) => {
      const count = lines.filter((line) => line.startsWith('m=')).length;
      const missing = Math.max(0, this.#sections - count);
      this.#sections = Math.max(this.#sections, count);
      return [...lines, ...Array.from({ length: missing }, () => 'm=audio 0 RTP/AVP 0')];
    });
  }
}

/** An offer of audio that nobody is there to hear yet: the codecs most phones have, and the address 0.0.0.0 (RFC 3725 §4.2, flow II). */
export function blackHole(host: string): SessionBody {
  const family = host.includes(':') ? 'IP6' : 'IP4';
  return sdpBody(
    [
      'v=0',
      `o=offhook 0 0 IN ${family} ${host}`,
      's=-',
      'c=IN IP4 0.0.0.0',
      't=0 0',
      'm=audio 9 RTP/AVP 0 8 9 101',
      'a=rtpmap:0 PCMU/8000',
      'a=rtpmap:8 PCMA/8000',
      'a=rtpmap:9 G722/8000',
      'a=rtpmap:101 telephone-event/8000',
      'a=fmtp:101 0-15',
      'a=inactive',
      '',
    ].join('\r\n'),
  );
}

/** An answer of somebody who has nobody to listen or speak to: the first format of each medium, on hold. Encrypted media are refused: there is nobody to have a key. */
export function silentAnswer(offer: SessionBody): SessionBody {
  return rewrite(onHold(offer), (lines) => {
    const kept = lines.filter(
      (line) => !/^a=(crypto|setup|fingerprint|ice-|group|msid|ssrc|extmap|rtcp-mux)/.test(line),
    );
    return kept.map((line) => {
      if (!line.startsWith('m=')) return line;
      const [medium, , protocol, ...formats] = line.split(' ');
      const plain = medium === 'm=audio' && /^RTP\/AVPF?$/.test(protocol ?? '');
      return [medium, plain ? 9 : 0, protocol, ...formats].join(' ');
    });
  });
}
