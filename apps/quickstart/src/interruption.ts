/** A person or a supervisor asking the command to end. */
export interface Interruption {
  /** Aborted when asked. */
  readonly signal: AbortSignal;
  /** Resolves when asked. */
  readonly asked: Promise<void>;
}

/** What {@link interruption} listens to: `process`, or a test's emitter. */
export interface SignalEmitter {
  on(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
}

/**
 * The first SIGINT or SIGTERM asks the command to hang up, unregister and report; `insist` is called for the second,
 * when somebody cannot wait for that.
 */
export function interruption(emitter: SignalEmitter, insist: () => void): Interruption {
  const controller = new AbortController();
  const asked = new Promise<void>((resolve) => {
    const onSignal = () => {
      if (controller.signal.aborted) insist();
      controller.abort();
      resolve();
    };
    emitter.on('SIGINT', onSignal);
    emitter.on('SIGTERM', onSignal);
  });
  return { signal: controller.signal, asked };
}
