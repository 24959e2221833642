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
  const caller = bridge.side('caller');
  const callee = bridge.side('callee');
  await callee.createOffer();
  callee.acceptAnswer(answer);
  await caller.createAnswer(offer);
  return { bridge, caller, callee };
}

describe('offers and answers between two legs', () => {
  it('takes the offer of the INVITE to the callee and the answer back', async () => {
    const bridge = new OfferAnswerBridge(offer, () => {});
    expect(await bridge.side('callee').createOffer()).toBe(offer);
    const back = bridge.side('caller').createAnswer(offer);
    bridge.side('callee').acceptAnswer(answer);
    expect(await back).toBe(answer);
  });

  it('takes the offer of a 2xx to a caller who made none, and his answer to the callee', async () => {
    let accepted = 0;
    const bridge = new OfferAnswerBridge(undefined, () => accepted++);
    const back = bridge.side('callee').createAnswer(offer);
    expect(accepted).toBe(1);
    expect(await bridge.side('caller').createOffer()).toBe(offer);
    bridge.side('caller').acceptAnswer(answer);
    expect(await back).toBe(answer);
  });

  it('passes a re-INVITE on to the other leg, from either side', async () => {
    for (const name of ['caller', 'callee'] as const) {
      const { bridge, caller, callee } = await established();
      const [from, to] = name === 'caller' ? [caller, callee] : [callee, caller];
      const renegotiate = async (delayedOffer: boolean) => {
        expect(delayedOffer).toBe(false);
        expect(await to.createOffer()).toBe(offer);
        to.acceptAnswer(answer);
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
    caller.acceptAnswer(answer);
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
        callee.acceptAnswer(answer);
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
    callee.acceptAnswer(answer);
    expect(await first).toBe(answer);
  });

  it('leaves nobody waiting when the call ends', async () => {
    const bridge = new OfferAnswerBridge(offer, () => {});
    const waiting = bridge.side('caller').createAnswer(offer);
    bridge.refuse(new SipError('The call has ended.', { status: 487 }));
    await expect(waiting).rejects.toMatchObject({ status: 487 });
  });

  it('passes the answer of the callee who picks up on, and of nobody else who rang', async () => {
    const bridge = new OfferAnswerBridge(offer, () => {});
    const base = bridge.side('callee');
    const first = base.fork();
    const second = base.fork();
    first.acceptAnswer(sdp('early answer of the first'));
    second.acceptAnswer(answer);
    second.commit();
    expect(await bridge.side('caller').createAnswer(offer)).toBe(answer);
  });
});
