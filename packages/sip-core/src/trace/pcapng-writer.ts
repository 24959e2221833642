import { encodeUtf8 } from '../message/text';
import type { Flow } from '../transport/transport';
import { addressPair } from './address-bytes';
import { ipPacket, LARGEST_PAYLOAD, type Payload } from './ip-packet';
import { redactTrace } from './redact-trace';
import type { TraceEvent } from './trace-event';

/** Settings of a {@link PcapngWriter}. */
export interface PcapngWriterOptions {
  /** What the file says it was written by; `Offhook` when absent. */
  application?: string;
  /** Whether digest responses, passwords and media keys are masked ({@link redactTrace}); default false. */
  redact?: boolean;
}

/** Where the bytes of the file go, in order. */
export type PcapngSink = (chunk: Uint8Array) => void;

const SECTION_HEADER = 0x0a0d0d0a;
const INTERFACE_DESCRIPTION = 1;
const ENHANCED_PACKET = 6;
const BYTE_ORDER = 0x1a2b3c4d;
/** LINKTYPE_RAW: a packet begins with its IP header. */
const RAW_IP = 101;
const OPTION_END = 0;
const OPTION_COMMENT = 1;
const OPTION_FLAGS = 2;
const OPTION_APPLICATION = 4;
const OPTION_TIME_RESOLUTION = 9;
/** A sequence number to begin with that is easily recognised. */
const FIRST_SEQUENCE = 1;

/** Bytes that have gone each way on a connection, as TCP numbers them. */
interface Sequence {
  in: number;
  out: number;
}

/**
 * Writes SIP messages as a pcapng capture, which Wireshark, tshark and sngrep read. Pure: it makes bytes and hands them on. IP, UDP and
 * TCP headers are made up around each message from the addresses of its flow; what went over TLS or a WebSocket is shown as plain SIP
 * over TCP, on its port and with a comment that says so. When Wireshark takes such a port for encrypted, tell it to decode it as SIP.
 *
 * @example
 * ```ts
 * const writer = new PcapngWriter((chunk) => chunks.push(chunk));
 * stack.on('trace', (event) => writer.write(event));
 * ```
 */
export class PcapngWriter {
  readonly #sink: PcapngSink;
  readonly #redact: boolean;
  readonly #sequences = new WeakMap<Flow, Sequence>();

  /** Writes the head of the file. */
  constructor(sink: PcapngSink, { application = 'Offhook', redact = false }: PcapngWriterOptions = {}) {
    this.#sink = sink;
    this.#redact = redact;
    sink(sectionHeader(application));
    sink(interfaceDescription());
  }

  /** Writes a message: one packet, or several when it is too long for one. What it holds of the event is a copy. */
  write({ time, direction, flow, data: original }: TraceEvent): void {
    const data = this.#redact ? redactTrace(original) : original;
    if (!flow.reliable) {
      this.#packet(time, direction, flow, { protocol: 'udp', data: data.subarray(0, LARGEST_PAYLOAD) });
      return;
    }
    let sequence = this.#sequences.get(flow);
    if (!sequence) {
      sequence = { in: FIRST_SEQUENCE, out: FIRST_SEQUENCE };
      this.#sequences.set(flow, sequence);
    }
    const other = direction === 'in' ? 'out' : 'in';
    for (let start = 0; start < data.length; start += LARGEST_PAYLOAD) {
      const part = data.subarray(start, start + LARGEST_PAYLOAD);
      this.#packet(time, direction, flow, {
        protocol: 'tcp',
        data: part,
        sequence: sequence[direction],
        acknowledgment: sequence[other],
      });
      sequence[direction] = (sequence[direction] + part.length) >>> 0;
    }
  }

  #packet(time: number, direction: 'in' | 'out', flow: Flow, payload: Payload): void {
    const [source, target] = direction === 'in' ? [flow.remote, flow.local] : [flow.local, flow.remote];
    const packet = ipPacket(addressPair(source, target), source.port, target.port, payload);
    const shown = flow.protocol === 'UDP' || flow.protocol === 'TCP' ? undefined : flow.protocol;
    this.#sink(enhancedPacket(time, direction, packet, shown));
  }
}

const padded = (length: number): number => (length + 3) & ~3;

/** A block of pcapng: type, total length, body, total length. */
function block(type: number, bodyLength: number, write: (view: DataView, bytes: Uint8Array) => void): Uint8Array {
  const bytes = new Uint8Array(12 + bodyLength);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, type, true);
  view.setUint32(4, bytes.length, true);
  write(new DataView(bytes.buffer, 8, bodyLength), bytes.subarray(8, 8 + bodyLength));
  view.setUint32(8 + bodyLength, bytes.length, true);
  return bytes;
}

type Option = readonly [code: number, value: Uint8Array];

const lengthOf = (options: readonly Option[]): number =>
  options.reduce((length, [, value]) => length + 4 + padded(value.length), 4);

function writeOptions(view: DataView, bytes: Uint8Array, start: number, options: readonly Option[]): void {
  let index = start;
  for (const [code, value] of options) {
    view.setUint16(index, code, true);
    view.setUint16(index + 2, value.length, true);
    bytes.set(value, index + 4);
    index += 4 + padded(value.length);
  }
  view.setUint32(index, OPTION_END, true);
}

function sectionHeader(application: string): Uint8Array {
  const options: Option[] = [[OPTION_APPLICATION, encodeUtf8(application)]];
  return block(SECTION_HEADER, 16 + lengthOf(options), (view, bytes) => {
    view.setUint32(0, BYTE_ORDER, true);
    view.setUint16(4, 1, true);
    // How long the section is, nobody knows yet.
    view.setBigInt64(8, -1n, true);
    writeOptions(view, bytes, 16, options);
  });
}

function interfaceDescription(): Uint8Array {
  const options: Option[] = [[OPTION_TIME_RESOLUTION, Uint8Array.of(6)]];
  return block(INTERFACE_DESCRIPTION, 8 + lengthOf(options), (view, bytes) => {
    view.setUint16(0, RAW_IP, true);
    writeOptions(view, bytes, 8, options);
  });
}

function enhancedPacket(time: number, direction: 'in' | 'out', packet: Uint8Array, comment?: string): Uint8Array {
  const options: Option[] = [[OPTION_FLAGS, Uint8Array.of(direction === 'in' ? 1 : 2, 0, 0, 0)]];
  if (comment) options.push([OPTION_COMMENT, encodeUtf8(comment)]);
  const microseconds = Math.round(time * 1_000);
  return block(ENHANCED_PACKET, 20 + padded(packet.length) + lengthOf(options), (view, bytes) => {
    view.setUint32(4, Math.floor(microseconds / 2 ** 32), true);
    view.setUint32(8, microseconds % 2 ** 32, true);
    view.setUint32(12, packet.length, true);
    view.setUint32(16, packet.length, true);
    bytes.set(packet, 20);
    writeOptions(view, bytes, 20 + padded(packet.length), options);
  });
}
