import type { OfferAnswerHandler, SessionBody } from '../session/offer-answer-handler';

const body = (text: string): SessionBody => ({ contentType: 'application/sdp', body: new TextEncoder().encode(text) });

/** An {@link OfferAnswerHandler} for tests: numbered texts in place of descriptions, and a log of what happened. */
export class ScriptedMedia implements OfferAnswerHandler {
  /** What happened, in order: `offer 1`, `answer 1 to …`, `accepted …`, `rollback`. */
  readonly log: string[] = [];
  /** Set to refuse offers. */
  refusal: Error | undefined;
  /** Set to refuse answers. */
  answerRefusal: Error | undefined;
  #count = 0;

  /** @param name begins its texts */
  constructor(readonly name: string) {}

  createOffer(): SessionBody {
    const text = `${this.name} offer ${++this.#count}`;
    this.log.push(text);
    return body(text);
  }

  createAnswer(offer: SessionBody): SessionBody {
    if (this.refusal) throw this.refusal;
    const text = `${this.name} answer ${++this.#count}`;
    this.log.push(`${text} to ${new TextDecoder().decode(offer.body)}`);
    return body(text);
  }

  acceptAnswer(answer: SessionBody): void {
    if (this.answerRefusal) throw this.answerRefusal;
    this.log.push(`accepted ${new TextDecoder().decode(answer.body)}`);
  }

  rollback(): void {
    this.log.push('rollback');
  }

  fork(): OfferAnswerHandler {
    return this;
  }
}
