import type { StackFeature } from '../stack/stack-feature';
import type { StackHost } from '../stack/stack-host';
import type { Lasting } from '../subscription/subscriber';
import { Publication, type PublishOptions } from './publication';

/** Our publications (RFC 3903). Plugged in with the first one. */
export class Publisher implements StackFeature {
  readonly #lasting = new Set<Lasting>();
  #host!: StackHost;

  /** Publications alive now. */
  get size(): number {
    return this.#lasting.size;
  }

  /** @internal */
  attach(host: StackHost): void {
    this.#host = host;
  }

  /** Publishes. Nothing has been sent when this returns. */
  publish(options: PublishOptions): Publication {
    return new Publication(this.#host, this, options);
  }

  /** @internal */
  add(lasting: Lasting): void {
    this.#lasting.add(lasting);
  }

  /** @internal */
  remove(lasting: Lasting): void {
    this.#lasting.delete(lasting);
  }

  /** @internal */
  async close(): Promise<void> {
    await Promise.all([...this.#lasting].map((each) => each.close()));
  }

  /** @internal */
  abandon(): void {
    for (const each of [...this.#lasting]) each.abandon();
  }
}
