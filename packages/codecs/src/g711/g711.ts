import type { Codec } from '../contract/codec';
import { defineCodec } from '../contract/define-codec';
import { linearFromALaw } from './a-law';
import { G711Decoder } from './g711-decoder';
import { G711Encoder } from './g711-encoder';
import { linearFromMuLaw } from './mu-law';
import { type CompandingTables, compandingTables } from './tables';

function g711(name: string, payloadType: 0 | 8, tables: CompandingTables): Codec {
  return defineCodec({
    name,
    payloadType,
    sampleRate: 8000,
    clockRate: 8000,
    channels: 1,
    frameDurations: [10, 20, 30, 40, 60],
    defaultFrameDuration: 20,
    maxPayloadBytes: (frameDuration) => frameDuration * 8,
    createEncoder: ({ frameDuration }) => new G711Encoder(frameDuration * 8, tables.code),
    createDecoder: () => new G711Decoder(tables.linear),
  });
}

/** G.711 µ-law, 64 kbit/s: `PCMU/8000`, payload type 0 (ITU-T G.711, RFC 3551 §4.5.14). */
export const pcmu: Codec = g711('PCMU', 0, compandingTables(linearFromMuLaw));

/** G.711 A-law, 64 kbit/s: `PCMA/8000`, payload type 8 (ITU-T G.711, RFC 3551 §4.5.14). */
export const pcma: Codec = g711('PCMA', 8, compandingTables(linearFromALaw));
