/** Names of events and the arguments their listeners take. */
export type EventMap = Record<string, unknown[]>;

type Listener = (...args: unknown[]) => void;

/**
 * Events with types. A listener that throws breaks neither the emitter nor the other listeners: what it threw goes to
 * {@link TypedEmitter.onListenerError}.
 */
export class TypedEmitter<Events extends { [K in keyof Events]: unknown[] }> {
  /** Receives whatever a listener throws; by default the host's `reportError`, else `console.error`. */
  static onListenerError: (error: unknown, event: string) => void = (error) => {
    const report = (globalThis as { reportError?: (error: unknown) => void }).reportError;
    if (report) report(error);
    else console.error(error);
  };

  readonly #listeners = new Map<keyof Events, Listener[]>();

  /** Adds a listener; the returned function removes it. */
  on<K extends keyof Events>(event: K, listener: (...args: Events[K]) => void): () => void {
    // Lists are replaced, never changed, so that emitting walks a list nobody touches.
    this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), listener as unknown as Listener]);
    return () => this.off(event, listener);
  }

  /** Adds a listener for the next event only; the returned function removes it. */
  once<K extends keyof Events>(event: K, listener: (...args: Events[K]) => void): () => void {
    const off = this.on(event, (...args) => {
      off();
      listener(...args);
    });
    return off;
  }

  /** Removes a listener. */
  off<K extends keyof Events>(event: K, listener: (...args: Events[K]) => void): void {
    const list = this.#listeners.get(event);
    const index = list?.indexOf(listener as unknown as Listener) ?? -1;
    if (list && index >= 0) this.#listeners.set(event, [...list.slice(0, index), ...list.slice(index + 1)]);
  }

  /** Whether anyone listens to this event. */
  hasListeners(event: keyof Events): boolean {
    return (this.#listeners.get(event)?.length ?? 0) > 0;
  }

  /** Calls the listeners of an event in the order they were added. */
  emit<K extends keyof Events>(event: K, ...args: Events[K]): void {
    const list = this.#listeners.get(event);
    if (!list) return;
    for (const listener of list) {
      try {
        listener(...args);
      } catch (error) {
        TypedEmitter.onListenerError(error, String(event));
      }
    }
  }
}
