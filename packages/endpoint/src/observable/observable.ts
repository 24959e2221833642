import { TypedEmitter } from '@offhook/sip-core';

/** What every observable object emits besides its own events. */
export interface ObservableEvents {
  /** Something that the snapshot shows has changed. */
  change: [];
}

/**
 * An object with typed events and an immutable snapshot of its state. `subscribe` and `getSnapshot` are bound, so that
 * user-interface libraries take them as they are:
 *
 * ```ts
 * const call = useSyncExternalStore(theCall.subscribe, theCall.getSnapshot);
 * ```
 *
 * @typeParam Events Maps each event's name to the tuple of its arguments.
 * @typeParam Snapshot A frozen object; the same one until something changes.
 */
export abstract class Observable<
  Events extends ObservableEvents & { [Name in keyof Events]: unknown[] },
  Snapshot extends object,
> extends TypedEmitter<Events> {
  #snapshot: Readonly<Snapshot> | undefined;

  /** The state now, frozen; the same object until something changes. */
  get snapshot(): Readonly<Snapshot> {
    this.#snapshot ??= Object.freeze(this.takeSnapshot());
    return this.#snapshot;
  }

  /** Same as {@link snapshot}, as a bound function. */
  readonly getSnapshot = (): Readonly<Snapshot> => this.snapshot;

  /**
   * Calls `listener` whenever {@link snapshot} becomes another one.
   *
   * @returns a function that takes the listener off again
   */
  readonly subscribe = (listener: () => void): (() => void) => {
    // Typed against the base events: a generic `Events` hides that it has `change`.
    const emitter = this as unknown as TypedEmitter<ObservableEvents>;
    return emitter.on('change', listener);
  };

  /** Makes a snapshot of the state now. */
  protected abstract takeSnapshot(): Snapshot;

  /** Forgets the snapshot and says so. */
  protected changed(): void {
    this.#snapshot = undefined;
    (this as unknown as TypedEmitter<ObservableEvents>).emit('change');
  }
}
