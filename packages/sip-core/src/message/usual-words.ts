import { WordTable } from './word-table';

/** Parameter names, transports and values that most messages hold: they need no text of their own, and are quick to compare. */
const WORDS = [
  'UDP TCP TLS WS WSS SIP udp tcp tls ws wss branch rport received alias keep maddr ttl comp tag transport lr ob user phone',
  'expires q methods reg-id +sip.instance pub-gruu temp-gruu refresher uac uas purpose cause text isfocus audio video handling',
].flatMap((line) => line.split(' '));

const table = new WordTable(WORDS.map((word) => [word, word] as const));

/** The word that fills the bytes from `start` to `end`, if it is a usual one. */
export function usualWord(bytes: Uint8Array, start: number, end: number): string | undefined {
  return table.find(bytes, start, end);
}
