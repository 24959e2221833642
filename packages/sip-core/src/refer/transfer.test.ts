import { describe, expect, test } from 'vitest';
import type { SipRequest } from '../message/request';
import type { IncomingReferral } from './incoming-referral';
import type { Referral } from './referral';
import { emptyTheRooms, ThreePhones } from './testing/three-phones';

emptyTheRooms();

/** What a referral tells. */
function watch(referral: Referral): string[] {
  const log: string[] = [];
  referral.on('accepted', ({ status }) => log.push(`accepted ${status}`));
  referral.on('progress', (status, reason) => log.push(`progress ${status} ${reason}`));
  referral.on('ended', ({ outcome, status }) => log.push([outcome, status].filter(Boolean).join(' ')));
  return log;
}

/** All requests of a method that were sent, as they are on the wire; repeats are there again. */
const sent = (room: ThreePhones, method: string): SipRequest[] => room.wire.messages(method) as SipRequest[];

describe('blind transfer (RFC 3515, RFC 5589 §6)', () => {
  test('followed: the transferee calls the target and tells how it goes', async () => {
    const room = await ThreePhones.start();
    const { alice, bob, carol } = room;
    const call = await room.connect(alice, bob);
    carol.answer = (session) => {
      void session.ring();
      room.clock.setTimer(3_000, () => void session.accept().catch(() => {}));
    };
    bob.call.on('refer', (referral) => referral.follow({ offerAnswer: bob.media }));
    const referral = call.refer(carol.uri, { referredBy: alice.uri, headers: [['X-Reason', 'holiday']] });
    const log = watch(referral);
    await room.settle();
    expect(log).toEqual(['accepted 202', 'progress 100 Trying', 'progress 180 Ringing']);
    await room.settle(3_000);
    expect(log.slice(3)).toEqual(['progress 200 OK', 'succeeded 200']);
    expect(await referral.done).toEqual({ outcome: 'succeeded', status: 200, reason: 'OK' });
    const [refer] = sent(room, 'REFER');
    const notifies = sent(room, 'NOTIFY');
    const invite = room.wire.request('INVITE');
    expect([
      refer!.headers.get('Refer-To'),
      refer!.headers.get('Referred-By'),
      refer!.headers.get('X-Reason'),
      refer!.contact?.toString(),
      refer!.to.tag,
    ]).toEqual([
      '<sip:carol@192.0.2.3>',
      '<sip:alice@192.0.2.1>',
      'holiday',
      '<sip:alice@192.0.2.1:5060>',
      call.dialog!.remoteTag,
    ]);
    expect(
      notifies.map((each) => [each.headers.get('Subscription-State'), each.contentType, each.text.trim()]),
    ).toEqual([
      ['active;expires=300', 'message/sipfrag;version=2.0', 'SIP/2.0 100 Trying'],
      ['active;expires=300', 'message/sipfrag;version=2.0', 'SIP/2.0 180 Ringing'],
      ['terminated;reason=noresource', 'message/sipfrag;version=2.0', 'SIP/2.0 200 OK'],
    ]);
    expect(notifies.map((each) => each.headers.get('Event'))).toEqual(['refer', 'refer', 'refer']);
    expect([invite.headers.get('Referred-By'), invite.from.uri.toString()]).toEqual([
      '<sip:alice@192.0.2.1>',
      'sip:bob@192.0.2.2',
    ]);
    // The transfer has succeeded: alice may leave. Bob and carol talk on.
    await room.clock.until(call.terminate());
    await room.settle();
    expect([carol.call.state, bob.stack.load.sessions]).toEqual(['confirmed', 1]);
  });

  test('the transferor leaves at once, and still hears what becomes of it (RFC 5057 §4.2)', async () => {
    const room = await ThreePhones.start();
    const { alice, bob, carol } = room;
    const call = await room.connect(alice, bob);
    carol.answer = (session) => {
      void session.ring();
      room.clock.setTimer(3_000, () => void session.accept().catch(() => {}));
    };
    bob.call.on('refer', (referral) => referral.follow({ offerAnswer: bob.media }));
    const referral = call.refer(carol.uri);
    const log = watch(referral);
    await room.clock.until(referral.accepted);
    void call.terminate();
    await room.settle(4_000);
    expect(log.at(-1)).toBe('succeeded 200');
    expect([alice.stack.load.sessions, carol.call.state]).toEqual([0, 'confirmed']);
    await room.settle(33_000);
    expect(alice.stack.dialogs.size).toBe(0);
  });

  test('the target is busy: the transferor hears 486', async () => {
    const room = await ThreePhones.start();
    const { alice, bob, carol } = room;
    const call = await room.connect(alice, bob);
    carol.answer = (session) => session.reject(486);
    bob.call.on('refer', (referral) => referral.follow({ offerAnswer: bob.media }));
    const log = watch(call.refer(carol.uri));
    await room.settle();
    expect(log).toEqual(['accepted 202', 'progress 100 Trying', 'progress 486 Busy Here', 'failed 486']);
    expect(call.state).toBe('confirmed');
  });

  test('nobody is at the target: 408', async () => {
    const room = await ThreePhones.start();
    const { alice, bob } = room;
    const call = await room.connect(alice, bob);
    bob.call.on('refer', (referral) => referral.follow({ offerAnswer: bob.media }));
    const log = watch(call.refer('sip:nobody@192.0.2.99'));
    await room.settle(33_000);
    expect(log.slice(1)).toEqual(['progress 100 Trying', 'progress 408 Request Timeout', 'failed 408']);
  });

  test('refused, by the application and when nobody listens', async () => {
    const room = await ThreePhones.start();
    const { alice, bob, carol } = room;
    const call = await room.connect(alice, bob);
    const off = bob.call.on('refer', (referral) => referral.reject(403));
    const first = call.refer(carol.uri);
    const log = watch(first);
    await room.settle();
    await expect(first.accepted).rejects.toMatchObject({ status: 403 });
    expect(await first.done).toMatchObject({ outcome: 'refused', status: 403, reason: 'Forbidden' });
    off();
    const second = watch(call.refer(carol.uri));
    await room.settle();
    expect([log, second]).toEqual([['refused 403'], ['refused 603']]);
    expect([call.state, alice.stack.load.features]).toEqual(['confirmed', 0]);
  });

  test('a stack without a ReferServer: 405, as ever', async () => {
    const room = await ThreePhones.start();
    const { alice, bob } = room;
    const call = await room.connect(alice, bob);
    const seen: string[] = [];
    bob.call.on('request', (transaction) => {
      seen.push(transaction.request.method);
      transaction.reply(405);
    });
    await room.clock.until(call.send('MESSAGE'));
    expect(seen).toEqual(['MESSAGE']);
  });

  test('followed in the application’s own way, step by step, by the event of the stack', async () => {
    const room = await ThreePhones.start();
    const { alice, bob } = room;
    const call = await room.connect(alice, bob);
    const referrals: IncomingReferral[] = [];
    bob.stack.on('refer', (referral) => {
      referrals.push(referral);
    });
    const log = watch(call.refer('<tel:+15551234>'));
    await room.settle();
    const [referral] = referrals;
    expect([
      referral!.target.uri.toString(),
      referral!.method,
      referral!.session === bob.call,
      referral!.decided,
    ]).toEqual(['tel:+15551234', 'INVITE', true, false]);
    referral!.accept();
    referral!.notify(183, 'On The Way');
    await room.settle();
    referral!.notify(503);
    await room.settle();
    referral!.notify(200);
    await room.settle();
    expect(log).toEqual([
      'accepted 202',
      'progress 100 Trying',
      'progress 183 On The Way',
      'progress 503 Service Unavailable',
      'failed 503',
    ]);
    expect(() => referral!.accept()).toThrow('over');
  });

  test('nobody decides: accepted as pending, so that the transferor does not give up; then decided', async () => {
    const room = await ThreePhones.start();
    const { alice, bob } = room;
    const call = await room.connect(alice, bob);
    const referrals: IncomingReferral[] = [];
    bob.call.on('refer', (referral) => {
      referrals.push(referral);
    });
    const first = watch(call.refer('sip:x@192.0.2.3'));
    await room.settle(2_500);
    expect([first, room.wire.request('NOTIFY').headers.get('Subscription-State')]).toEqual([
      ['accepted 202', 'progress 100 Trying'],
      'pending;expires=300',
    ]);
    referrals[0]!.reject();
    await room.settle();
    expect(first.slice(2)).toEqual(['progress 603 Decline', 'failed 603']);
    expect(room.wire.request('NOTIFY').headers.get('Subscription-State')).toBe('terminated;reason=rejected');
  });

  test('two referrals in one call are told apart by their ids (§2.4.6)', async () => {
    const room = await ThreePhones.start();
    const { alice, bob } = room;
    const call = await room.connect(alice, bob);
    const referrals: IncomingReferral[] = [];
    bob.call.on('refer', (referral) => {
      referrals.push(referral);
      referral.accept();
    });
    const one = watch(call.refer('sip:one@192.0.2.3'));
    await room.settle();
    const two = watch(call.refer('sip:two@192.0.2.3'));
    await room.settle();
    referrals[1]!.notify(486);
    referrals[0]!.notify(200);
    await room.settle();
    expect([one.at(-1), two.at(-1)]).toEqual(['succeeded 200', 'failed 486']);
    expect(new Set(sent(room, 'NOTIFY').map((each) => each.headers.get('Event')))).toEqual(
      new Set(['refer', `refer;id=${room.wire.request('REFER').cseq.sequence}`]),
    );
  });

  test('the transferee does not tell: given up when the subscription is over', async () => {
    const room = await ThreePhones.start();
    const { alice, bob } = room;
    const call = await room.connect(alice, bob);
    bob.call.on('refer', (referral) => referral.accept());
    const referral = call.refer('sip:x@192.0.2.3');
    const log = watch(referral);
    await room.settle(299_000);
    expect(log).toEqual(['accepted 202', 'progress 100 Trying']);
    await room.settle(2_000);
    expect(log.at(-1)).toBe('unknown 100');
    expect([alice.stack.load.features, bob.stack.load.features]).toEqual([0, 0]);
  });

  test('the transferor does not wait: what is told later is refused, and telling ends', async () => {
    const room = await ThreePhones.start();
    const { alice, bob } = room;
    const call = await room.connect(alice, bob);
    let ended: unknown;
    bob.call.on('refer', (referral) => {
      referral.on('ended', (end) => {
        ended = end;
      });
      referral.accept();
      room.clock.setTimer(1_000, () => referral.notify(180));
    });
    const referral = call.refer('sip:x@192.0.2.3');
    await room.settle();
    referral.abandon();
    await room.settle(2_000);
    expect(ended).toMatchObject({ by: 'remote', status: 489 });
    expect(bob.call.state).toBe('confirmed');
  });

  test('no subscription wanted (RFC 4488)', async () => {
    const room = await ThreePhones.start();
    const { alice, bob, carol } = room;
    const call = await room.connect(alice, bob);
    bob.call.on('refer', (referral) => {
      expect(referral.wantsReports).toBe(false);
      referral.follow({ offerAnswer: bob.media });
    });
    const referral = call.refer(carol.uri, { referSub: false });
    const log = watch(referral);
    await room.settle();
    expect([log, sent(room, 'NOTIFY'), carol.call.state]).toEqual([['accepted 202', 'unknown'], [], 'confirmed']);
    expect([room.wire.request('REFER').headers.get('Refer-Sub'), room.wire.request('REFER').supported]).toEqual([
      'false',
      ['norefersub'],
    ]);
    expect((await referral.accepted).headers.get('Refer-Sub')).toBe('false');
  });

  test('headers of the target’s URI go into the INVITE, but for those that would make it somebody else’s', async () => {
    const room = await ThreePhones.start();
    const { alice, bob, carol } = room;
    const call = await room.connect(alice, bob);
    bob.call.on('refer', (referral) => referral.follow({ offerAnswer: bob.media }));
    const bad = 'From=sip%3Aboss%40192.0.2.3&Route=%3Csip%3A192.0.2.66%3Blr%3E&P-Asserted-Identity=sip%3Aboss%40x';
    call.refer(`sip:carol@192.0.2.3?Subject=Hello%20there&X-Account=7&${bad}`);
    await room.settle();
    const { invite } = carol.call;
    expect([
      invite.headers.get('Subject'),
      invite.headers.get('X-Account'),
      invite.from.uri.toString(),
      invite.headers.has('Route'),
      invite.headers.has('P-Asserted-Identity'),
      invite.uri.toString(),
    ]).toEqual(['Hello there', '7', 'sip:bob@192.0.2.2', false, false, 'sip:carol@192.0.2.3']);
  });

  test('a REFER to another method, and broken ones', async () => {
    const room = await ThreePhones.start();
    const { alice, bob } = room;
    const call = await room.connect(alice, bob);
    let thrown: unknown;
    bob.call.on('refer', (referral) => {
      try {
        referral.follow({ offerAnswer: bob.media });
      } catch (error) {
        thrown = error;
        referral.reject(501);
      }
    });
    const log = watch(call.refer('sip:carol@192.0.2.3;method=BYE'));
    await room.settle();
    expect([log, (thrown as Error).message]).toEqual([['refused 501'], expect.stringContaining('BYE')]);
    expect((await room.clock.until(call.send('REFER'))).status).toBe(400);
    const twice = {
      headers: [
        ['Refer-To', '<sip:a@b>'],
        ['Refer-To', '<sip:c@d>'],
      ] as const,
    };
    expect((await room.clock.until(call.send('REFER', twice))).status).toBe(400);
    for (const brought of ['Subject=x%0d%0aEvil:%20yes', 'Subject=x%00', 'Sub%20ject=x', 'X/Y=1']) {
      const referTo = { headers: [['Refer-To', `<sip:carol@192.0.2.3?${brought}>`]] as const };
      expect((await room.clock.until(call.send('REFER', referTo))).status, brought).toBe(400);
    }
  });
});

describe('attended transfer (RFC 5589 §7, RFC 3891)', () => {
  test('bob and carol get a call of their own, which replaces the one that alice had with carol', async () => {
    const room = await ThreePhones.start();
    const { alice, bob, carol } = room;
    const withBob = await room.connect(alice, bob);
    const withCarol = await room.connect(alice, carol);
    bob.call.on('refer', (referral) => {
      expect(referral.replaces).toMatchObject({ callId: withCarol.dialog!.callId });
      referral.follow({ offerAnswer: bob.media });
    });
    const replaces = withCarol.replacesHeader();
    const log = watch(withBob.refer(withCarol));
    await room.settle(500);
    expect(log).toEqual(['accepted 202', 'progress 100 Trying', 'progress 200 OK', 'succeeded 200']);
    expect(room.wire.request('INVITE').headers.get('Replaces')).toBe(replaces);
    const [first, second] = carol.calls;
    expect([second!.replaces === first, first!.state, second!.state]).toEqual([true, 'terminated', 'confirmed']);
    expect([withCarol.state, withBob.state]).toEqual(['terminated', 'confirmed']);
    await room.clock.until(withBob.terminate());
    await room.settle();
    expect([alice, bob, carol].map(({ stack }) => stack.load.sessions)).toEqual([0, 1, 1]);
  });

  test('over a network that loses and doubles datagrams', async () => {
    for (let seed = 1; seed <= 10; seed++) {
      const room = await ThreePhones.start({ loss: 0.15, duplicate: 0.1, jitter: 30, seed });
      const { alice, bob, carol } = room;
      const established = async (from: typeof alice, to: typeof alice) => {
        const session = from.invite(to);
        await room.clock.until(new Promise<void>((resolve) => session.on('established', resolve)));
        await room.settle(10_000);
        return session;
      };
      const withBob = await established(alice, bob);
      const withCarol = await established(alice, carol);
      bob.call.on('refer', (referral) => referral.follow({ offerAnswer: bob.media }));
      const referral = withBob.refer(withCarol);
      expect(await room.clock.until(referral.done), `seed ${seed}`).toMatchObject({ outcome: 'succeeded' });
      await room.clock.until(withBob.terminate());
      await room.settle(40_000);
      expect([alice, bob, carol].map(({ stack }) => stack.load.sessions)).toEqual([0, 1, 1]);
    }
  });

  test('the target has hung up meanwhile: 603, and the first call is untouched', async () => {
    const room = await ThreePhones.start();
    const { alice, bob, carol } = room;
    const withBob = await room.connect(alice, bob);
    const withCarol = await room.connect(alice, carol);
    bob.call.on('refer', (referral) => {
      void carol.call.terminate();
      room.clock.setTimer(50, () => referral.follow({ offerAnswer: bob.media }));
    });
    const log = watch(withBob.refer(withCarol));
    await room.settle(500);
    expect(log.at(-1)).toBe('failed 603');
    expect(withBob.state).toBe('confirmed');
  });
});

describe('REFER outside a dialog (RFC 3515 §2.4.1)', () => {
  test('opens a dialog of its own for its NOTIFYs', async () => {
    const room = await ThreePhones.start();
    const { alice, bob, carol } = room;
    bob.stack.on('refer', (referral) => {
      expect(referral.session).toBeUndefined();
      referral.follow({ offerAnswer: bob.media });
    });
    const referral = alice.stack.refer({ uri: bob.uri, from: alice.uri, target: carol.uri });
    const log = watch(referral);
    await room.settle();
    expect(log).toEqual(['accepted 202', 'progress 100 Trying', 'progress 200 OK', 'succeeded 200']);
    expect(carol.call.remote.uri.toString()).toBe('sip:bob@192.0.2.2');
    await room.settle(40_000);
    expect([alice.stack.dialogs.size, bob.stack.dialogs.size, alice.stack.load.features]).toEqual([0, 1, 0]);
  });

  test('a NOTIFY that overtakes the 202', async () => {
    for (let seed = 1; seed <= 10; seed++) {
      const room = await ThreePhones.start({ jitter: 50, seed });
      const { alice, bob, carol } = room;
      bob.stack.on('refer', (referral) => referral.follow({ offerAnswer: bob.media }));
      const referral = alice.stack.refer({ uri: bob.uri, from: alice.uri, target: carol.uri });
      expect(await room.clock.until(referral.done)).toMatchObject({ outcome: 'succeeded' });
    }
  });

  test('with a call that shows that we may (RFC 4538)', async () => {
    const room = await ThreePhones.start();
    const { alice, bob, carol } = room;
    const call = await room.connect(alice, bob);
    alice.stack.refer({ uri: bob.uri, from: alice.uri, target: carol.uri, targetDialog: call });
    await room.settle();
    const { callId, localTag, remoteTag } = bob.call.dialog!;
    expect(room.wire.request('REFER').headers.get('Target-Dialog')).toBe(
      `${callId};local-tag=${localTag};remote-tag=${remoteTag}`,
    );
  });

  test('no answer, and no NOTIFY after the 202', async () => {
    const room = await ThreePhones.start();
    const { alice, bob } = room;
    const nobody = alice.stack.refer({ uri: 'sip:x@192.0.2.99', from: alice.uri, target: bob.uri });
    expect(await room.clock.until(nobody.done)).toMatchObject({ outcome: 'refused', status: 408 });
    // Its NOTIFYs get lost.
    room.network.filter = (data) => !new TextDecoder().decode(data).startsWith('NOTIFY');
    bob.stack.on('refer', (referral) => referral.accept());
    const silent = alice.stack.refer({ uri: bob.uri, from: alice.uri, target: bob.uri });
    expect(await room.clock.until(silent.done)).toMatchObject({
      outcome: 'unknown',
      error: { code: 'ERR_SIP_TIMEOUT' },
    });
    await room.settle(5_000);
    expect(bob.stack.load.features).toBe(0);
  });
});
