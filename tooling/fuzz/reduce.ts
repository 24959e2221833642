import type { FuzzTarget, Input } from './target';

/** The error that comes of an input, if any. */
export async function failureOf(target: FuzzTarget, input: Input): Promise<Error | undefined> {
  try {
    await target.check(input);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** What tells failures apart: the error's name, and the innermost lines it came from. */
export function kindOf(error: Error): string {
  const places = [
    ...(error.stack ?? '').split(/at (?:async )?failureOf/)[0]!.matchAll(/\n\s+at .*?([\w.-]+:\d+):\d+/g),
  ].slice(0, 3);
  return `${error.name} ${places.map(([, place]) => place).join(' ') || error.message}`;
}

/** A smaller input that fails in the same way: pieces and stretches are taken out as long as it does. */
export async function reduce(target: FuzzTarget, input: Input, failure: Error, most = 2_000): Promise<Input> {
  let found = input;
  let left = most;
  const fails = async (candidate: Input): Promise<boolean> => {
    if (left-- <= 0) return false;
    const error = await failureOf(target, candidate);
    if (error === undefined || kindOf(error) !== kindOf(failure)) return false;
    found = candidate;
    return true;
  };
  for (let at = found.length - 1; at >= 0 && found.length > 1; at--)
    await fails(found.filter((_, each) => each !== at));
  for (let piece = 0; piece < found.length; piece++) {
    for (let size = Math.ceil(found[piece]!.length / 2); size >= 1; size = size > 1 ? Math.ceil(size / 2) : 0) {
      for (let at = 0; at < found[piece]!.length && left > 0; ) {
        const bytes = found[piece]!;
        const shorter = Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(at + size)]);
        if (!(await fails(found.map((each, index) => (index === piece ? shorter : each))))) at += size;
      }
    }
  }
  return found;
}
