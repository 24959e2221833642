/** Hz of the rows of the keypad (ITU-T Q.23). */
export const DTMF_ROWS: readonly number[] = [697, 770, 852, 941];
/** Hz of its columns. */
export const DTMF_COLUMNS: readonly number[] = [1209, 1336, 1477, 1633];
/** The digits, row by row. */
export const DTMF_KEYS = '123A456B789C*0#D';
