import type { SessionBody } from '../body/session-body';
import type { OfferAnswerHandler } from '../session/offer-answer-handler';

const body = (text: string): SessionBody => ({ contentType: 'application/sdp', body: new TextEncoder().encode(text) });

/** An {@link OfferAnswerHandler} for tests: numbered texts in place of descriptions, and a log of what happened. */
export class ScriptedMedia implements OfferAnswerHandler {
  /** What happened, in order: `offer 1`, `answer 1 to …`, `accepted …`, `rollback`. */
  readonly log: string[] = [];
  /** Set to refuse offers. */
  refusal: Error | undefined;
  /** Set to refuse answers. */
  answerRefusal: Error | undefined;
  /** Whether offers that are refused get an answer that says so. */
  refuses = false;
  /** Set to make all that is asked for wait until it resolves. */
  pause: Promise<void> | undefined;
  #count = 0;

  /** @param name begins its texts */
  constructor(readonly name: string) {}

  async createOffer(): Promise<SessionBody> {
    await this.pause;
    const text = `${this.name} offer ${++this.#count}`;
    this.log.push(text);
    return body(text);
  }

  async createAnswer(offer: SessionBody): Promise<SessionBody> {
    await this.pause;
    if (this.refusal) throw this.refusal;
    const text = `${this.name} answer ${++this.#count}`;
    this.log.push(`${text} to ${new TextDecoder().decode(offer.body)}`);
    return body(text);
  }

  async acceptAnswer(answer: SessionBody): Promise<void> {
    await this.pause;
    if (this.answerRefusal) throw this.answerRefusal;
    this.log.push(`accepted ${new TextDecoder().decode(answer.body)}`);
  }

  rollback(): void {
    this.log.push('rollback');
  }

  fork(): OfferAnswerHandler {
    const { log } = this;
    return {
      createOffer: () => this.createOffer(),
      createAnswer: (offer) => this.createAnswer(offer),
      acceptAnswer: (answer) => this.acceptAnswer(answer),
      rollback: () => this.rollback(),
      fork: () => this.fork(),
      dropped: () => log.push('dropped'),
      refuseOffer: (offer) => this.refuseOffer(offer),
    };
  }

  refuseOffer(offer: SessionBody): SessionBody {
    if (!this.refuses) throw new Error('There is no such answer.');
    return body(`${this.name} refuses ${new TextDecoder().decode(offer.body)}`);
  }
}
