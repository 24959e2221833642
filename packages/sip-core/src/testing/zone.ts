import type { AddressRecord, DnsRecord, NaptrRecord, SrvRecord } from '../locate/dns';

/** A record of a zone, with the name it stands at. */
export type ZoneRecord = { readonly name: string } & (
  | ({ readonly type: 'A' | 'AAAA' } & AddressRecord)
  | ({ readonly type: 'SRV' } & SrvRecord)
  | ({ readonly type: 'NAPTR' } & NaptrRecord)
  | ({ readonly type: 'CNAME'; readonly target: string } & DnsRecord)
);

/** Seconds, when neither the line nor `$TTL` says. */
const DEFAULT_TTL = 300;

/**
 * Reads records in the format of zone files (RFC 1035 §5.1), one a line: `name [ttl] [IN] type data`. Known are A, AAAA, SRV, NAPTR and
 * CNAME, `$ORIGIN`, `$TTL`, `@`, comments after `;`, and lines that begin with blanks for one more record of the same name. Without
 * `$ORIGIN` all names are whole.
 *
 * @throws Error when a line is no record
 */
export function parseZone(text: string): ZoneRecord[] {
  const records: ZoneRecord[] = [];
  let origin: string | undefined;
  let ttl = DEFAULT_TTL;
  let owner = '';
  const whole = (name: string): string => {
    if (name === '@') return origin ?? '';
    if (name.endsWith('.') || origin === undefined) return name === '.' ? name : name.replace(/\.$/, '');
    return `${name}.${origin}`;
  };
  // A zone in the middle of a program is indented as a whole.
  const lines = text.split('\n').filter((line) => line.replace(/;[^"]*$/, '').trim() !== '');
  const margin = Math.min(...lines.map((line) => line.length - line.trimStart().length));
  for (const line of lines) {
    const words = line.match(/"[^"]*"|;.*|\S+/g)!.filter((word) => !word.startsWith(';'));
    const fail = (): never => {
      throw new Error(`"${line.trim()}" is no line of a zone.`);
    };
    if (words[0] === '$ORIGIN') {
      origin = (words[1] ?? fail()).replace(/\.$/, '');
      continue;
    }
    if (words[0] === '$TTL') {
      ttl = Number(words[1]);
      continue;
    }
    if (line.length - line.trimStart().length === margin) owner = whole(words.shift()!);
    const own = /^\d+$/.test(words[0] ?? '') ? Number(words.shift()) : ttl;
    if (words[0] === 'IN') words.shift();
    const [type, ...data] = words.map((word) => word.replaceAll('"', ''));
    const base = { name: owner, ttl: own };
    const number = (index: number): number => (/^\d+$/.test(data[index] ?? '') ? Number(data[index]) : fail());
    const target = (index: number): string => whole(data[index] ?? fail());
    switch (type) {
      case 'A':
      case 'AAAA':
        records.push({ ...base, type, address: data[0] ?? fail() });
        break;
      case 'CNAME':
        records.push({ ...base, type, target: target(0) });
        break;
      case 'SRV':
        records.push({ ...base, type, priority: number(0), weight: number(1), port: number(2), target: target(3) });
        break;
      case 'NAPTR': {
        const [, , flags = fail(), services = fail(), regexp = fail()] = data;
        const rule = { order: number(0), preference: number(1), flags, services, regexp, replacement: target(5) };
        records.push({ ...base, type, ...rule });
        break;
      }
      default:
        fail();
    }
  }
  return records;
}
