import type { Call } from '../call/call';

/**
 * Decides whether an incoming call is answered by itself.
 *
 * @returns ms to ring before, 0 to answer at once (200 with no 180 before it), undefined not to answer
 */
export type AutoAnswer = (call: Call) => number | undefined;

/** Answers every call. @param delay ms to ring before; 0 when absent */
export function answerAlways(delay = 0): AutoAnswer {
  return () => delay;
}

/**
 * Answers calls whose caller, or the server for it, asks for that: `Answer-Mode` (RFC 5373), `Call-Info` with `answer-after`, the dialects of
 * `Alert-Info`. Whoever can reach this endpoint can then listen in: let calls through from a server that you trust only.
 */
export function answerWhenAsked(): AutoAnswer {
  return ({ facts }) => (facts.autoAnswerAfter === undefined ? undefined : facts.autoAnswerAfter * 1000);
}

/** Answers as another policy says, but not while nobody could talk, such as without a headset. */
export function answerIfAvailable(policy: AutoAnswer, available: () => boolean): AutoAnswer {
  return (call) => (available() ? policy(call) : undefined);
}

/** @internal What an option says of a call. */
export function answerDelay(option: boolean | 'asked' | AutoAnswer, call: Call): number | undefined {
  if (typeof option === 'function') return option(call);
  if (option === 'asked') return answerWhenAsked()(call);
  return option ? 0 : undefined;
}
