import { encodeUtf8 } from '../message/text';
import { addressPair } from './address-bytes';
import { redactTrace } from './redact-trace';
import type { TraceEvent } from './trace-event';

/** Settings of {@link encodeHep3}. */
export interface Hep3Options {
  /** Number this agent is known by at the collector; 2001 when absent. */
  captureAgentId?: number;
  /** Name this agent is known by at the collector. */
  captureNode?: string;
  /** What the collector wants to hear before it listens. */
  authKey?: string;
  /** Whether digest responses, passwords and media keys are masked ({@link redactTrace}); default false. */
  redact?: boolean;
}

/** Chunk types of the vendor 0, which stands for all. */
const Chunk = {
  family: 0x01,
  protocol: 0x02,
  sourceIPv4: 0x03,
  targetIPv4: 0x04,
  sourceIPv6: 0x05,
  targetIPv6: 0x06,
  sourcePort: 0x07,
  targetPort: 0x08,
  seconds: 0x09,
  microseconds: 0x0a,
  payloadType: 0x0b,
  agentId: 0x0c,
  authKey: 0x0e,
  payload: 0x0f,
  correlationId: 0x11,
  node: 0x13,
} as const;

/** Address families as HEP numbers them. */
const INET = 2;
const INET6 = 10;
const UDP = 17;
const TCP = 6;
const SIP = 1;

const HEAD = 6;
const CHUNK_HEAD = 6;
/** Most bytes a packet can say it has; and most that UDP over IPv4 carries, which is less. */
const LARGEST = 65_507;

/**
 * Writes a message as a packet of HEP version 3, the protocol of the SIP capture server Homer: where it went from and to, when, and
 * the message itself, correlated by its Call-ID.
 *
 * @returns undefined when the message is too long for a packet
 */
export function encodeHep3(event: TraceEvent, options: Hep3Options = {}): Uint8Array | undefined {
  const { time, direction, flow } = event;
  const { captureAgentId = 2001, captureNode, authKey } = options;
  const data = options.redact ? redactTrace(event.data) : event.data;
  const [source, target] = direction === 'in' ? [flow.remote, flow.local] : [flow.local, flow.remote];
  const addresses = addressPair(source, target);
  const isV4 = addresses.family === 4;
  const microseconds = Math.round(time * 1_000);
  const chunks: (readonly [type: number, value: Uint8Array])[] = [
    [Chunk.family, Uint8Array.of(isV4 ? INET : INET6)],
    [Chunk.protocol, Uint8Array.of(flow.reliable ? TCP : UDP)],
    [isV4 ? Chunk.sourceIPv4 : Chunk.sourceIPv6, addresses.source],
    [isV4 ? Chunk.targetIPv4 : Chunk.targetIPv6, addresses.target],
    [Chunk.sourcePort, uint16(source.port)],
    [Chunk.targetPort, uint16(target.port)],
    [Chunk.seconds, uint32(Math.floor(microseconds / 1e6))],
    [Chunk.microseconds, uint32(microseconds % 1e6)],
    [Chunk.payloadType, Uint8Array.of(SIP)],
    [Chunk.agentId, uint32(captureAgentId)],
  ];
  if (authKey !== undefined) chunks.push([Chunk.authKey, encodeUtf8(authKey)]);
  if (captureNode !== undefined) chunks.push([Chunk.node, encodeUtf8(captureNode)]);
  const { callId } = event;
  if (callId !== undefined) chunks.push([Chunk.correlationId, encodeUtf8(callId)]);
  chunks.push([Chunk.payload, data]);
  return packet(chunks);
}

function packet(chunks: readonly (readonly [type: number, value: Uint8Array])[]): Uint8Array | undefined {
  const length = chunks.reduce((sum, [, value]) => sum + CHUNK_HEAD + value.length, HEAD);
  if (length > LARGEST) return undefined;
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  bytes.set(encodeUtf8('HEP3'));
  view.setUint16(4, length);
  let index = HEAD;
  for (const [type, value] of chunks) {
    view.setUint16(index + 2, type);
    view.setUint16(index + 4, CHUNK_HEAD + value.length);
    bytes.set(value, index + CHUNK_HEAD);
    index += CHUNK_HEAD + value.length;
  }
  return bytes;
}

const uint16 = (value: number): Uint8Array => Uint8Array.of(value >> 8, value & 255);
const uint32 = (value: number): Uint8Array =>
  Uint8Array.of((value >>> 24) & 255, (value >>> 16) & 255, (value >>> 8) & 255, value & 255);
