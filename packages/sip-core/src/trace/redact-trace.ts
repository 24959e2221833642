import { eachSecret } from '../platform/secrets';

/** To decoders it is windows-1252, which has one character for each byte as well. */
const latin1 = new TextDecoder('latin1');
const ASTERISK = 42;

/**
 * A copy of a message in which secrets are masked: digest responses, passwords and tokens, keys of media. Each is replaced by as many
 * asterisks, so that all lengths stay right. What holds no secret is given back as it is.
 */
export function redactTrace(data: Uint8Array): Uint8Array {
  let copy: Uint8Array | undefined;
  // One character a byte: places in the text are places in the bytes.
  eachSecret(latin1.decode(data), (start, end) => {
    copy ??= data.slice();
    copy.fill(ASTERISK, start, end);
  });
  return copy ?? data;
}
