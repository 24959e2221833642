import { type SessionBody, SipError } from '@offhook/sip-core';
import { describe, expect, it } from 'vitest';
import { OfferAnswerBridge } from './offer-answer-bridge';

const sdp = (text: string): SessionBody => ({
  contentType: 'application/sdp',
  body: new TextEncoder().encode(text),
});
const offer = sdp('offer');
const answer = sdp('answer');

/** A leg whose re-INVITE does to its handler what an INVITE session would. */
const leg = (reinvite: (delayedOffer: boolean) => Promise<void>) => ({
  reinvite: (options: { delayedOffer?: boolean } = {}) => reinvite(options.delayedOffer ?? false),
});

/** A bridge whose first offer and answer have gone through. */
async function established() {
  const bridge = new OfferAnswerBridge(offer, () => {});
  const caller = bridge.handler('caller');
  const callee = bridge.handler('callee');
  await callee.createOffer();
  await callee.acceptAnswer(answer);
  return { bridge, caller, callee };
}

describe('offers and answers between two legs', () => {
  it('takes the offer of the INVITE to the callee and the answer back', async () => {
    const bridge = new OfferAnswerBridge(offer, () => {});
    expect(await bridge.handler('callee').createOffer()).toBe(offer);
    const back = bridge.handler('caller').createAnswer(offer);
    await bridge.handler('callee').acceptAnswer(answer);
    expect(await back).toBe(answer);
  });

  it('takes the offer of a 2xx to a caller who made none, and his answer to the callee', async () => {
    let accepted = 0;
    const bridge = new OfferAnswerBridge(undefined, () => accepted++);
    const back = bridge.handler('callee').createAnswer(offer);
    expect(accepted).toBe(1);
    expect(await bridge.handler('caller').createOffer()).toBe(offer);
    await bridge.handler('caller').acceptAnswer(answer);
    expect(await back).toBe(answer);
  });

  it('passes a re-INVITE on to the other leg, from either side', async () => {
    for (const name of ['caller', 'callee'] as const) {
      const { bridge, [name]: from, ...legs } = await established();
      const to = name === 'caller' ? legs.callee! : legs.caller!;
      const renegotiate = async (delayedOffer: boolean) => {
        expect(delayedOffer).toBe(false);
        expect(await to.createOffer()).toBe(offer);
        await to.acceptAnswer(answer);
      };
      bridge.connect(name === 'caller' ? 'callee' : 'caller', leg(renegotiate));
      expect(await from.createAnswer(offer)).toBe(answer);
    }
  });

  it('passes a re-INVITE without an offer on without one', async () => {
    const { bridge, caller, callee } = await established();
    let back: unknown;
    const renegotiate = async (delayedOffer: boolean) => {
      expect(delayedOffer).toBe(true);
      back = await callee.createAnswer(offer);
    };
    bridge.connect('callee', leg(renegotiate));
    expect(await caller.createOffer()).toBe(offer);
    await caller.acceptAnswer(answer);
    await Promise.resolve();
    expect(back).toBe(answer);
  });

  it('hands the refusal of a change back with its status, and the next change goes through', async () => {
    const { bridge, caller, callee } = await established();
    bridge.connect(
      'callee',
      leg(() => Promise.reject(new SipError('No.', { status: 488 }))),
    );
    await expect(caller.createAnswer(offer)).rejects.toMatchObject({ status: 488 });
    bridge.connect(
      'callee',
      leg(async () => {
        await callee.createOffer();
        await callee.acceptAnswer(answer);
      }),
    );
    expect(await caller.createAnswer(offer)).toBe(answer);
  });

  it('answers 491 to a change while the other side changes too', async () => {
    const { bridge, caller, callee } = await established();
    bridge.connect(
      'callee',
      leg(() => new Promise(() => {})),
    );
    bridge.connect(
      'caller',
      leg(() => Promise.reject(new Error('not reached'))),
    );
    const first = caller.createAnswer(offer);
    expect(() => callee.createAnswer(offer)).toThrow(expect.objectContaining({ status: 491 }));
    await callee.acceptAnswer(answer);
    expect(await first).toBe(answer);
  });

  it('leaves nobody waiting when the call ends', async () => {
    const bridge = new OfferAnswerBridge(offer, () => {});
    const waiting = bridge.handler('caller').createAnswer(offer);
    bridge.close(new SipError('The call has ended.', { status: 487 }));
    await expect(waiting).rejects.toMatchObject({ status: 487 });
  });
});
