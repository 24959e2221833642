/** A promise settled from outside. Nobody has to listen to its rejection. */
export class Deferred<T> {
  readonly promise: Promise<T>;
  /** Fulfils the promise; does nothing when it is settled. */
  resolve!: (value: T) => void;
  /** Rejects the promise; does nothing when it is settled. */
  reject!: (error: Error) => void;

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    this.promise.catch(() => {});
  }
}
