const LF = 10;
const CR = 13;
const COLON = 58;

const latin1 = new TextDecoder('latin1');

/** Call-ID of a message in bytes, without parsing it; undefined when there is none before the body. */
export function callIdOf(data: Uint8Array): string | undefined {
  for (let start = data.indexOf(LF) + 1; start > 0 && start < data.length; start = data.indexOf(LF, start) + 1) {
    if (data[start] === CR || data[start] === LF) return undefined;
    const valueStart = afterName(data, start);
    if (valueStart < 0) continue;
    const feed = data.indexOf(LF, valueStart);
    return latin1.decode(data.subarray(valueStart, feed < 0 ? data.length : feed)).trim() || undefined;
  }
  return undefined;
}

/** Index after the colon when the line at `start` is a Call-ID (compact form `i`), else -1. */
function afterName(data: Uint8Array, start: number): number {
  let end = start;
  while (end < start + 8 && data[end] !== COLON && data[end] !== 32 && data[end] !== 9 && end < data.length) end++;
  const name = latin1.decode(data.subarray(start, Math.min(end, start + 7))).toLowerCase();
  if (name !== 'i' && (name !== 'call-id' || end !== start + 7)) return -1;
  while (data[end] === 32 || data[end] === 9) end++;
  return data[end] === COLON ? end + 1 : -1;
}
