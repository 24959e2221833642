import { VirtualClock } from '@offhook/sip-core/testing';
import { describe, expect, test } from 'vitest';
import type { EndpointOptions } from '../endpoint/endpoint-options';
import { scriptedEndpoint } from '../testing/scripted-endpoint';
import { remoteSdp } from '../testing/scripted-sip-provider';
import { admitIfAll, rejectUnlessAvailable, rejectWhenBusy } from './admission';
import { answerAlways, answerIfAvailable, answerWhenAsked } from './auto-answer';

async function rig(options: EndpointOptions) {
  const clock = new VirtualClock();
  const rig = await scriptedEndpoint({ clock, ...options });
  const incoming = (headers: [string, string][] = []) => rig.sip.incoming({ offer: remoteSdp(), headers });
  return { ...rig, clock, incoming };
}

describe('auto-answer', () => {
  test('answers with 200 and no 180 before it', async () => {
    const { incoming, clock } = await rig({ autoAnswer: true });
    const session = incoming();
    await clock.advance(0);
    expect(session.log).toEqual(['accept']);
  });

  test('leaves alone what the application has decided about', async () => {
    const { endpoint, incoming, clock } = await rig({ autoAnswer: true });
    endpoint.on('call', (call) => call.reject(603));
    const session = incoming();
    await clock.advance(0);
    expect(session.log).toEqual(['reject 603']);
  });

  test.each([
    ['Answer-Mode', 'Auto', 0],
    ['Call-Info', '<sip:x@y>;answer-after=2', 2000],
    ['Alert-Info', '<http://www.example.com>;info=alert-autoanswer;delay=1', 1000],
  ])('answers when %s: %s asks for it', async (name, value, delay) => {
    const { incoming, clock } = await rig({ autoAnswer: 'asked' });
    const session = incoming([[name, value]]);
    await clock.advance(0);
    if (delay > 0) {
      await clock.advance(delay - 1);
      expect(session.log).toEqual(['ring 180']);
      await clock.advance(1);
    }
    expect(session.log.at(-1)).toBe('accept');
  });

  test('rings when nobody asks, or when it may not be asked', async () => {
    const asked: [string, string][] = [['Answer-Mode', 'Auto']];
    for (const [autoAnswer, headers] of [
      ['asked', []],
      ['asked', [['Answer-Mode', 'Manual']]],
      [false, asked],
    ] as [EndpointOptions['autoAnswer'], [string, string][]][]) {
      const { incoming, clock } = await rig({ autoAnswer: autoAnswer! });
      const session = incoming(headers);
      await clock.advance(10_000);
      expect(session.log).toEqual(['ring 180']);
    }
  });

  test('does not answer a call that was given up while it rang', async () => {
    const { incoming, clock } = await rig({ autoAnswer: answerAlways(500) });
    const session = incoming();
    session.end({ by: 'remote', status: 487 });
    await clock.advance(1000);
    expect(session.log).toEqual(['ring 180']);
  });

  test('waits while nobody could talk', async () => {
    let headset = false;
    const { incoming, clock } = await rig({ autoAnswer: answerIfAvailable(answerAlways(), () => headset) });
    const first = incoming();
    headset = true;
    const second = incoming();
    await clock.advance(0);
    expect([first.log, second.log]).toEqual([['ring 180'], ['accept']]);
  });

  test('a policy of its own sees the call', async () => {
    const { incoming, clock } = await rig({ autoAnswer: (call) => (call.remote.user === 'alice' ? 0 : undefined) });
    const session = incoming();
    await clock.advance(0);
    expect(session.log).toEqual(['accept']);
    expect(answerWhenAsked()).toBeTypeOf('function');
  });
});

describe('admission', () => {
  test('a busy phone refuses the second call with 486, and takes the next when it is free', async () => {
    const { endpoint, incoming } = await rig({ admission: rejectWhenBusy() });
    const [first, second] = [incoming(), incoming()];
    expect(second.log).toEqual(['reject 486']);
    expect(endpoint.calls).toHaveLength(1);
    first.end({ by: 'remote', status: 487 });
    expect(incoming().log).toEqual(['ring 180']);
  });

  test('without a headset calls are refused with 480, and shown to nobody', async () => {
    let headset = false;
    const { endpoint, incoming } = await rig({
      admission: admitIfAll(
        rejectWhenBusy(600),
        rejectUnlessAvailable(() => headset),
      ),
    });
    let shown = 0;
    endpoint.on('call', () => shown++);
    expect(incoming().log).toEqual(['reject 480']);
    headset = true;
    expect(incoming().log).toEqual(['ring 180']);
    expect(incoming().log).toEqual(['reject 600']);
    expect(shown).toBe(1);
  });

  test('sees who calls, and what the INVITE says', async () => {
    const seen: unknown[] = [];
    const { incoming } = await rig({
      admission: ({ remote, facts, headers }) => {
        seen.push(remote.user, facts.identity?.uri, facts.privacy, headers.get('Subject'));
        return undefined;
      },
    });
    incoming([
      ['P-Asserted-Identity', '"Boss" <sip:1@example.com>'],
      ['Privacy', 'id;header'],
      ['Subject', 'Hi'],
    ]);
    expect(seen).toEqual(['alice', 'sip:1@example.com', ['id', 'header'], 'Hi']);
  });
});

describe('what a call says', () => {
  test('identity, diversions and user-to-user data are read, and what cannot be read is left out', async () => {
    const { endpoint, incoming } = await rig({});
    incoming([
      ['Diversion', '<sip:desk@example.com>;reason=no-answer'],
      ['User-to-User', '56a390f3;encoding=hex;purpose=isdn-uui'],
      ['P-Asserted-Identity', '<<<'],
    ]);
    const { facts } = endpoint.calls[0]!;
    expect(facts.divertedBy).toEqual([{ party: { uri: 'sip:desk@example.com', user: 'desk' }, reason: 'no-answer' }]);
    expect([...facts.userToUser[0]!.data]).toEqual([0x56, 0xa3, 0x90, 0xf3]);
    expect(facts.userToUser[0]!.purpose).toBe('isdn-uui');
    expect(facts.identity).toBeUndefined();
  });

  test('is written as options say', async () => {
    const { endpoint, sip } = await rig({});
    const line = endpoint.addConnection({ user: 'sip:alice@example.com', displayName: 'Alice', expires: 0 });
    line.call('bob', {
      anonymous: true,
      userToUser: ['hello', { data: Uint8Array.of(1, 255), purpose: 'isdn-uui' }],
      askAutoAnswer: true,
      replaces: { callId: 'a@b', toTag: 't', fromTag: 'f', earlyOnly: true },
    });
    const { headers, from } = sip.sessions[0]!.invite;
    expect(from.toString()).toContain('Anonymous');
    expect(from.toString()).not.toContain('alice');
    expect(headers.get('Privacy')).toBe('id');
    expect(headers.get('P-Preferred-Identity')).toContain('sip:alice@example.com');
    expect(headers.getAll('User-to-User')).toEqual(['"hello"', '01ff;encoding=hex;purpose=isdn-uui']);
    expect(headers.get('Answer-Mode')).toBe('Auto');
    expect(headers.get('Replaces')).toBe('a@b;to-tag=t;from-tag=f;early-only');
    expect(headers.get('Require')).toBe('replaces');
    expect(() => line.call('bob', { privacy: ['not a word'] })).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION', message: expect.stringContaining('privacy') }),
    );
  });
});
