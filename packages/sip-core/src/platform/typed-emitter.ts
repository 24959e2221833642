/** Told of the error of a listener that threw: the error and the name of the event. */
export type ListenerErrorHandler = (error: unknown, event: PropertyKey) => void;

const reportByDefault: ListenerErrorHandler = (error, event) => {
  const report = (globalThis as { reportError?: (error: unknown) => void }).reportError;
  if (typeof report === 'function') report(error);
  else console.error(`A listener of the event "${String(event)}" threw:`, error);
};

let reportListenerError = reportByDefault;

/**
 * Events with typed arguments. A listener that throws breaks neither the emitter nor the other listeners: its error goes
 * to the handler set with {@link TypedEmitter.onListenerError}.
 *
 * @typeParam Events Maps each event's name to the tuple of its arguments.
 */
export class TypedEmitter<Events extends { [Name in keyof Events]: unknown[] }> {
  /** Listener arrays are replaced, never changed in place, so that one may be added or removed while an event goes out. */
  #listeners = new Map<keyof Events, ReadonlyArray<(...args: never[]) => unknown>>();

  /**
   * Sets who is told when a listener throws, for all emitters; without an argument the default returns
   * (`globalThis.reportError` where it exists, else `console.error`).
   */
  static onListenerError(handler?: ListenerErrorHandler): void {
    reportListenerError = handler ?? reportByDefault;
  }

  /**
   * Calls `listener` at each such event.
   *
   * @returns A function that takes the listener off again.
   */
  on<Name extends keyof Events>(name: Name, listener: (...args: Events[Name]) => unknown): () => void {
    this.#listeners.set(name, [...(this.#listeners.get(name) ?? []), listener]);
    return () => this.off(name, listener);
  }

  /**
   * Calls `listener` at the next such event only.
   *
   * @returns A function that takes the listener off again.
   */
  once<Name extends keyof Events>(name: Name, listener: (...args: Events[Name]) => unknown): () => void {
    const off = this.on(name, (...args: Events[Name]) => {
      off();
      return listener(...args);
    });
    return off;
  }

  /** Takes a listener off, once if it was put on several times; harmless when it is not there. */
  off<Name extends keyof Events>(name: Name, listener: (...args: Events[Name]) => unknown): void {
    const listeners = this.#listeners.get(name);
    if (listeners === undefined) return;
    const index = listeners.indexOf(listener);
    if (index < 0) return;
    if (listeners.length === 1) this.#listeners.delete(name);
    else this.#listeners.set(name, listeners.toSpliced(index, 1));
  }

  /** Number of listeners of an event. */
  listenerCount(name: keyof Events): number {
    return this.#listeners.get(name)?.length ?? 0;
  }

  /**
   * Calls the listeners in the order they were put on. A rejected promise of an asynchronous listener is reported like an error.
   *
   * @returns Whether anybody listened.
   */
  emit<Name extends keyof Events>(name: Name, ...args: Events[Name]): boolean {
    const listeners = this.#listeners.get(name) as ReadonlyArray<(...args: Events[Name]) => unknown> | undefined;
    if (listeners === undefined) return false;
    for (const listener of listeners) {
      try {
        const result = listener(...args);
        if (result instanceof Promise) result.catch((error: unknown) => reportListenerError(error, name));
      } catch (error) {
        reportListenerError(error, name);
      }
    }
    return true;
  }
}
