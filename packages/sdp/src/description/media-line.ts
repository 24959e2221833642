import { isPort } from './network';

/** An `m=` line in its parts (RFC 4566 §5.14). */
export interface MediaLineParts {
  type: string;
  port: number;
  protocol: string;
  payloads: string;
}

const token = /^[!#$%&'*+\-.0-9A-Z^_`a-z{|}~]+$/;
const protocol = /^[!#$%&'*+\-.0-9A-Z^_`a-z{|}~/]+$/;

/**
 * Reads an `m=` line of any kind of media, so that one that nobody knows can be refused in its own words. The number of
 * ports (`49170/2`) is left out: it belongs to layered media, which is not for calls.
 *
 * @returns undefined when the line is none
 */
export function readMediaLine(line: string): MediaLineParts | undefined {
  const [type = '', ports = '', proto = '', ...formats] = line.slice(2).trim().split(/\s+/);
  if (!token.test(type) || !/^\d{1,5}(\/\d{1,5})?$/.test(ports) || !protocol.test(proto)) return undefined;
  const port = Number.parseInt(ports, 10);
  return isPort(port) ? { type, port, protocol: proto, payloads: formats.join(' ') } : undefined;
}
