/** What a static payload type means. */
interface StaticFormat {
  readonly name: string;
  readonly clockRate: number;
  readonly channels: number;
}

const format = (name: string, clockRate: number, channels = 1): StaticFormat => ({ name, clockRate, channels });

/** Audio formats that need no `a=rtpmap` (RFC 3551 §6, table 4), by payload type. */
export const staticFormats: ReadonlyMap<number, StaticFormat> = new Map([
  [0, format('PCMU', 8000)],
  [3, format('GSM', 8000)],
  [4, format('G723', 8000)],
  [5, format('DVI4', 8000)],
  [6, format('DVI4', 16000)],
  [7, format('LPC', 8000)],
  [8, format('PCMA', 8000)],
  [9, format('G722', 8000)],
  [10, format('L16', 44100, 2)],
  [11, format('L16', 44100)],
  [12, format('QCELP', 8000)],
  [13, format('CN', 8000)],
  [14, format('MPA', 90000)],
  [15, format('G728', 8000)],
  [16, format('DVI4', 11025)],
  [17, format('DVI4', 22050)],
  [18, format('G729', 8000)],
]);
