/**
 * Reads iSAC's constant tables out of Debian's `libwebrtc-audio-processing-dev` (version 0.3, amd64) and writes them to
 * packages/codecs/src/isac/table-data.ts: `node tooling/codecs/isac-tables.mjs libwebrtc_audio_processing.a`
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';

const KNOWN_DIGEST = '842d29472fe554242a3a484c221cb5598868c01ce7bfa17fa9ca175ae4bf159a';
const WANTED =
  /^(WebRtcIsac_k|WebRtcSpl_kAllPass|k(HistEdges|Cdf|BwCdf|BwInit|OneBit|LpcCorr|Weight|DampFilter|IntrpCoef))/;
const MEMBER_HEADER = 60;
const ELF = 0x7f454c46;
const SYMBOL_TABLE = 2;
const RELOCATIONS = 4;
const PROGRAM_DATA = 1;

const archive = readFileSync(process.argv[2]);
const symbols = {};
let interpolator;

const textAt = (bytes, at) => bytes.toString('latin1', at, bytes.indexOf(0, at));

function* membersOf(bytes) {
  for (let at = 8; at + MEMBER_HEADER <= bytes.length; ) {
    const size = Number(bytes.toString('latin1', at + 48, at + 58));
    const start = at + MEMBER_HEADER;
    yield bytes.subarray(start, start + size);
    at = start + size + (size & 1);
  }
}

function sectionsOf(object) {
  const header = Number(object.readBigUInt64LE(40));
  return Array.from({ length: object.readUInt16LE(60) }, (_, i) => {
    const at = header + 64 * i;
    const long = (by) => Number(object.readBigUInt64LE(at + by));
    return {
      name: object.readUInt32LE(at),
      type: object.readUInt32LE(at + 4),
      offset: long(24),
      size: long(32),
      link: object.readUInt32LE(at + 40),
      info: object.readUInt32LE(at + 44),
    };
  });
}

for (const object of membersOf(archive)) {
  if (object.length < 64 || object.readUInt32BE(0) !== ELF) continue;
  const sections = sectionsOf(object);
  const table = sections.find(({ type }) => type === SYMBOL_TABLE);
  if (!table) continue;
  const names = sections[table.link].offset;
  const own = [];
  for (let at = table.offset; at < table.offset + table.size; at += 24) {
    own.push({
      name: textAt(object, names + object.readUInt32LE(at)),
      kind: object[at + 4] & 15,
      section: object.readUInt16LE(at + 6),
      value: Number(object.readBigUInt64LE(at + 8)),
      size: Number(object.readBigUInt64LE(at + 16)),
    });
  }
  for (const symbol of own) {
    const section = sections[symbol.section];
    if (symbol.kind !== 1 || !WANTED.test(symbol.name) || section?.type !== PROGRAM_DATA) continue;
    const at = section.offset + symbol.value;
    const relocations = sections.find(({ type, info }) => type === RELOCATIONS && info === symbol.section);
    const pointers = [];
    if (relocations) {
      for (let r = relocations.offset; r < relocations.offset + relocations.size; r += 24) {
        const where = Number(object.readBigUInt64LE(r)) - symbol.value;
        if (where < 0 || where >= symbol.size) continue;
        const target = own[object.readUInt32LE(r + 12)];
        const add = Number(object.readBigInt64LE(r + 16));
        const inside = own.find(
          (one) => one.kind === 1 && one.section === target.section && add >= one.value && add < one.value + one.size,
        );
        pointers[where / 8] = target.name ? { name: target.name, add } : { name: inside.name, add: add - inside.value };
      }
    }
    symbols[symbol.name] = pointers.length > 0 ? { pointers } : { bytes: object.subarray(at, at + symbol.size) };
  }
  if (own.some(({ name, section }) => name === 'WebRtcIsac_PitchAnalysis' && section !== 0)) {
    const sectionNames = sections[object.readUInt16LE(62)].offset;
    const constants = sections.find((one) => textAt(object, sectionNames + one.name) === '.rodata.cst8');
    interpolator = object.subarray(constants.offset + 0x78, constants.offset + 0x98);
  }
}

const digest = createHash('sha256');
for (const name of Object.keys(symbols).sort()) {
  if (symbols[name].bytes) digest.update(`${name}:${symbols[name].bytes.toString('hex')}\n`);
}
if (digest.digest('hex') !== KNOWN_DIGEST)
  throw new Error('This is another version of the library than 0.3-1 (amd64).');

const readers = {
  u16: [2, (bytes, at) => bytes.readUInt16LE(at)],
  i16: [2, (bytes, at) => bytes.readInt16LE(at)],
  i32: [4, (bytes, at) => bytes.readInt32LE(at)],
  f32: [4, (bytes, at) => bytes.readFloatLE(at)],
  f64: [8, (bytes, at) => bytes.readDoubleLE(at)],
};
const typeOf = (name) => {
  if (/Float$/.test(name)) return 'f32';
  if (/^k(HistEdges|CdfSlope|CdfQ16)|QGain2/.test(name)) return 'i32';
  if (/^k(IntrpCoef|DampFilter|LpcCorrWindow|Weight)/.test(name)) return 'f64';
  if (/Cdf|AllPassFilter|Offset|MaxInd|IndexMults|InitIndex/.test(name)) return 'u16';
  if (/MeanGain|LimitGain|LimitLag|QuantMin|ArRc.Levels|ArBoundary|kCos|NumRecPoint|NumQCell/.test(name)) return 'i16';
  return 'f64';
};
const numbersOf = (name, type, bytes) => {
  const [size, read] = readers[type];
  if (bytes.length % size !== 0) throw new Error(`${name} is not of ${type}`);
  return Array.from({ length: bytes.length / size }, (_, i) => read(bytes, i * size)).join(' ');
};
/** A distribution ends at its first 65535. */
const cdfAt = ({ name, add }) => {
  const all = numbersOf(name, 'u16', symbols[name].bytes.subarray(add)).split(' ');
  return all.slice(0, all.indexOf('65535') + 1).join(' ');
};

const lines = [];
const unused =
  /_ptr$|Cdf(Table)?Size|(Lag|Model|RcC|ArRc|Bw)(Cdf|df|Levels)Ptr|Init|EntropySearch|CdfVec|kQKltCdf(Shape|Gain)$|^kBwInit|KltOrd|KltNumBlocks|kQKltModel[A-Z]?$/;
for (const name of Object.keys(symbols).sort()) {
  if (unused.test(name) && !/kQArRcInitIndex|kQGainInitIndex/.test(name)) continue;
  const { bytes, pointers } = symbols[name];
  const short = name.replace(/^WebRtc(Isac|Spl)_/, '');
  const type = bytes ? typeOf(name) : 'u16';
  const text = bytes ? numbersOf(name, type, bytes) : pointers.map(cdfAt).join(',');
  lines.push(`  ${short}: '${type} ${text}',`);
}
lines.push(`  pitchInterpolator: 'f64 ${numbersOf('pitch interpolator', 'f64', interpolator)}',`);
writeFileSync(
  new URL('../../packages/codecs/src/isac/table-data.ts', import.meta.url),
  `/**
 * iSAC's constant tables, read out of Debian's libwebrtc-audio-processing-dev 0.3 by tooling/codecs/isac-tables.mjs:
 * figures of the WebRTC project, Copyright (c) 2011, The WebRTC project authors, BSD licence (THIRD_PARTY_NOTICES.md).
 * Each is a kind of number and the numbers, lists of lists parted by commas. Generated: do not edit.
 */
// biome-ignore format: one table a line
export const TABLE_DATA = {
${lines.join('\n')}
} as const;
`,
);
