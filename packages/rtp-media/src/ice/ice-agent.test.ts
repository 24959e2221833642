import { describe, expect, test } from 'vitest';
import { ATTRIBUTE, textValue } from '../stun/stun-attributes';
import { METHOD, StunMessage } from '../stun/stun-message';
import { IceNetwork } from '../testing/ice/ice-network';
import { seededRandomBytes } from '../testing/seeded-random';
import { VirtualClock } from '../testing/virtual-clock';
import { IceAgent, type IceAgentOptions, type IceState } from './ice-agent';

const PACKET = new Uint8Array(12);

class Lab {
  readonly clock = new VirtualClock(1000);
  readonly network = new IceNetwork(this.clock);
  readonly states = new Map<IceAgent, IceState[]>();
  #seed = 1;

  agent(options: Partial<IceAgentOptions> & { role: IceAgentOptions['role'] }): IceAgent {
    const agent = new IceAgent({ clock: this.clock, random: seededRandomBytes(this.#seed++), ...options });
    const states: IceState[] = [];
    this.states.set(agent, states);
    agent.on('state', (state) => states.push(state));
    return agent;
  }

  /** The answer reaches the offerer when the answerer is under way already. */
  connect(offerer: IceAgent, answerer: IceAgent): void {
    const said = (agent: IceAgent) => ({
      ...agent.credentials,
      lite: agent.lite,
      candidates: agent.candidates,
      complete: true,
    });
    const offer = said(offerer);
    answerer.start(offer, 'controlled');
    this.clock.advance(30);
    offerer.start(said(answerer), 'controlling');
  }

  pathOf(agent: IceAgent, component = 1): string | undefined {
    const pair = agent.selected(component);
    return pair && `${pair.local.base.address.host} > ${pair.remote.address.host} (${pair.remote.type})`;
  }
}

describe('connecting (RFC 8445)', () => {
  test('two hosts on one network use their host candidates, and tell each other so', () => {
    const lab = new Lab();
    const a = lab.agent({ role: 'controlling' });
    const b = lab.agent({ role: 'controlled' });
    lab.network.host(a, '192.0.2.1');
    lab.network.host(b, '192.0.2.2');
    lab.connect(a, b);
    lab.clock.advance(200);
    expect([a.state, b.state]).toEqual(['completed', 'completed']);
    expect(lab.states.get(a)).toEqual(['checking', 'connected', 'completed']);
    expect(lab.pathOf(a)).toBe('192.0.2.1 > 192.0.2.2 (host)');
    expect(lab.pathOf(b)).toBe('192.0.2.2 > 192.0.2.1 (host)');
    expect(a.roundTripMs).toBe(10);
  });

  test('both behind address translators: reflexive candidates meet', () => {
    const lab = new Lab();
    const a = lab.agent({ role: 'controlling' });
    const b = lab.agent({ role: 'controlled' });
    lab.network.putBehindNat('10.0.0.1', '203.0.113.1');
    lab.network.putBehindNat('10.0.0.2', '203.0.113.2');
    lab.network.reflexive(a, lab.network.host(a, '10.0.0.1'));
    lab.network.reflexive(b, lab.network.host(b, '10.0.0.2'));
    lab.connect(a, b);
    lab.clock.advance(1500);
    expect([a.state, b.state]).toEqual(['completed', 'completed']);
    expect(lab.pathOf(a)).toBe('10.0.0.1 > 203.0.113.2 (srflx)');
    expect(lab.pathOf(b)).toBe('10.0.0.2 > 203.0.113.1 (srflx)');
  });

  test('one behind a symmetric translator is found as peer reflexive (§7.3.1.3)', () => {
    const lab = new Lab();
    const a = lab.agent({ role: 'controlling' });
    const b = lab.agent({ role: 'controlled' });
    lab.network.putBehindNat('10.0.0.1', '203.0.113.1', true);
    lab.network.reflexive(a, lab.network.host(a, '10.0.0.1'));
    lab.network.host(b, '192.0.2.2');
    lab.connect(a, b);
    lab.clock.advance(1500);
    expect([a.state, b.state]).toEqual(['completed', 'completed']);
    expect(lab.pathOf(b)).toBe('192.0.2.2 > 203.0.113.1 (prflx)');
    expect(a.candidates.at(-1)).toMatchObject({ type: 'prflx', address: { host: '203.0.113.1' } });
  });

  test('a component each for RTP and RTCP; without the second one once both agree to share a port', () => {
    const lab = new Lab();
    const a = lab.agent({ role: 'controlling', components: 2 });
    const b = lab.agent({ role: 'controlled', components: 2 });
    for (const component of [1, 2]) {
      lab.network.host(a, '192.0.2.1', component);
      lab.network.host(b, '192.0.2.2', component);
    }
    lab.connect(a, b);
    lab.clock.advance(500);
    expect([a.state, b.state]).toEqual(['completed', 'completed']);
    expect(lab.pathOf(a, 2)).toBe('192.0.2.1 > 192.0.2.2 (host)');
    const c = lab.agent({ role: 'controlling', components: 2 });
    const d = lab.agent({ role: 'controlled' });
    lab.network.host(c, '192.0.2.3', 1);
    lab.network.host(c, '192.0.2.3', 2);
    lab.network.host(d, '192.0.2.4', 1);
    lab.connect(c, d);
    lab.clock.advance(500);
    expect([c.state, d.state]).toEqual(['failed', 'completed']);
    c.setComponents(1);
    expect(c.state).toBe('completed');
  });

  test('a lite agent answers only, and the full one controls it whoever offered', () => {
    const lab = new Lab();
    for (const liteOffers of [true, false]) {
      const full = lab.agent({ role: liteOffers ? 'controlled' : 'controlling' });
      const lite = lab.agent({ role: 'controlling', lite: true });
      lab.network.host(full, '192.0.2.1');
      lab.network.host(lite, '192.0.2.2');
      if (liteOffers) lab.connect(lite, full);
      else lab.connect(full, lite);
      lab.clock.advance(500);
      expect([full.role, full.state, lite.role, lite.state]).toEqual([
        'controlling',
        'completed',
        'controlled',
        'completed',
      ]);
    }
  });

  test('two that both control: the smaller tie-breaker gives way (§7.3.1.1)', () => {
    for (const [first, second] of [
      ['controlling', 'controlling'],
      ['controlled', 'controlled'],
    ] as const) {
      const lab = new Lab();
      const a = lab.agent({ role: first });
      const b = lab.agent({ role: second });
      lab.network.host(a, '192.0.2.1');
      lab.network.host(b, '192.0.2.2');
      const said = (agent: IceAgent) => ({ ...agent.credentials, candidates: agent.candidates, complete: true });
      b.start(said(a), second);
      a.start(said(b), first);
      lab.clock.advance(2000);
      expect([a.state, b.state]).toEqual(['completed', 'completed']);
      expect(new Set([a.role, b.role]).size).toBe(2);
    }
  });

  test('the better of two paths is taken, though the other answers first', () => {
    const lab = new Lab();
    const a = lab.agent({ role: 'controlling' });
    const b = lab.agent({ role: 'controlled' });
    lab.network.host(a, '192.0.2.1', 1, 65_535);
    lab.network.host(b, '192.0.2.2', 1, 65_535);
    lab.network.host(b, '198.51.100.2', 1, 100);
    // The first check of the better path is lost.
    let lost = 0;
    lab.network.passes = (_from, to) => !(to.host === '192.0.2.2' && lost++ < 1);
    lab.connect(a, b);
    lab.clock.advance(3000);
    expect(lab.pathOf(a)).toBe('192.0.2.1 > 192.0.2.2 (host)');
    expect(lab.pathOf(b)).toBe('192.0.2.2 > 192.0.2.1 (host)');
    expect([a.state, b.state]).toEqual(['completed', 'completed']);
  });

  test.each([0.1, 0.3])('with %f of all packets lost', (loss) => {
    for (let seed = 1; seed <= 10; seed++) {
      const lab = new Lab();
      const random = seededRandomBytes(seed);
      lab.network.passes = () => random(1)[0]! / 256 >= loss;
      const a = lab.agent({ role: 'controlling' });
      const b = lab.agent({ role: 'controlled' });
      lab.network.host(a, '192.0.2.1');
      lab.network.host(b, '192.0.2.2');
      lab.connect(a, b);
      lab.clock.advance(60_000);
      expect([a.state, b.state], `seed ${seed}`).toEqual(['completed', 'completed']);
    }
  });

  test('candidates that trickle in (RFC 8838)', () => {
    const lab = new Lab();
    const a = lab.agent({ role: 'controlling' });
    const b = lab.agent({ role: 'controlled' });
    b.start({ ...a.credentials, candidates: [], complete: false });
    a.start({ ...b.credentials, candidates: [], complete: false });
    lab.clock.advance(5000);
    expect([a.state, b.state]).toEqual(['checking', 'checking']);
    b.addRemote(lab.network.host(a, '192.0.2.1'));
    a.addRemote(lab.network.host(b, '192.0.2.2'));
    lab.clock.advance(500);
    expect([a.state, b.state]).toEqual(['completed', 'completed']);
  });

  test('nothing works: it says so, when the longest check is over', () => {
    const lab = new Lab();
    const a = lab.agent({ role: 'controlling' });
    const b = lab.agent({ role: 'controlled' });
    lab.network.host(a, '192.0.2.1');
    lab.network.host(b, '192.0.2.2');
    lab.network.passes = () => false;
    lab.connect(a, b);
    lab.clock.advance(41_000);
    expect([a.state, b.state]).toEqual(['failed', 'failed']);
    expect(lab.clock.pending).toBe(0);
  });
});

describe('consent (RFC 7675)', () => {
  test('media stops when the peer has not answered for 30 s, and goes on when it does again', () => {
    const lab = new Lab();
    const a = lab.agent({ role: 'controlling' });
    const b = lab.agent({ role: 'controlled' });
    lab.network.host(a, '192.0.2.1');
    lab.network.host(b, '192.0.2.2');
    lab.connect(a, b);
    lab.clock.advance(60_000);
    expect(a.state).toBe('completed');
    lab.network.passes = () => false;
    lab.clock.advance(29_000);
    expect(a.state).toBe('completed');
    lab.clock.advance(10_000);
    expect([a.state, b.state]).toEqual(['disconnected', 'disconnected']);
    lab.network.passes = () => true;
    lab.clock.advance(10_000);
    expect([a.state, b.state]).toEqual(['completed', 'completed']);
  });

  test('eight seconds without a network are none of its business', () => {
    const lab = new Lab();
    const a = lab.agent({ role: 'controlling' });
    const b = lab.agent({ role: 'controlled' });
    lab.network.host(a, '192.0.2.1');
    lab.network.host(b, '192.0.2.2');
    lab.connect(a, b);
    lab.clock.advance(20_000);
    lab.network.passes = () => false;
    lab.clock.advance(8000);
    lab.network.passes = () => true;
    lab.clock.advance(60_000);
    expect(lab.states.get(a)).toEqual(['checking', 'connected', 'completed']);
  });
});

describe('restart (§9)', () => {
  test('media keeps its path until another is found', () => {
    const lab = new Lab();
    const a = lab.agent({ role: 'controlling' });
    const b = lab.agent({ role: 'controlled' });
    lab.network.host(a, '192.0.2.1');
    lab.network.host(b, '192.0.2.2');
    lab.connect(a, b);
    lab.clock.advance(500);
    const before = a.credentials;
    // The host of A got another address, and the old one is gone.
    lab.network.host(a, '198.51.100.1');
    lab.network.passes = (from, to) => from.host !== '192.0.2.1' && to.host !== '192.0.2.1';
    a.restart('controlling');
    b.restart('controlled');
    expect(a.credentials.ufrag).not.toBe(before.ufrag);
    expect(lab.pathOf(a)).toBe('192.0.2.1 > 192.0.2.2 (host)');
    lab.connect(a, b);
    lab.clock.advance(1500);
    expect(lab.pathOf(a)).toBe('198.51.100.1 > 192.0.2.2 (host)');
    expect(lab.pathOf(b)).toBe('192.0.2.2 > 198.51.100.1 (host)');
    expect([a.state, b.state]).toEqual(['completed', 'completed']);
  });
});

describe('strangers', () => {
  const setUp = () => {
    const lab = new Lab();
    const a = lab.agent({ role: 'controlling' });
    const b = lab.agent({ role: 'controlled' });
    const host = lab.network.host(a, '192.0.2.1');
    lab.network.host(b, '192.0.2.2');
    return { lab, a, b, host };
  };
  const stranger = { host: '198.51.100.66', port: 666 };
  const check = (username: string, password: string) =>
    new StunMessage(METHOD.BINDING, 'request', new Uint8Array(12).fill(9))
      .addText(ATTRIBUTE.USERNAME, username)
      .addUint32(ATTRIBUTE.PRIORITY, 2 ** 31 - 1)
      .addUint64(ATTRIBUTE.ICE_CONTROLLED, 1n)
      .add(ATTRIBUTE.USE_CANDIDATE)
      .serialize(textValue(password));

  test('without our password prove nothing, before and after we know the peer', () => {
    const { lab, a, b, host } = setUp();
    lab.network.inject(check(`${a.credentials.ufrag}:x`, 'guessed'), stranger, host.address);
    lab.connect(a, b);
    lab.network.inject(check(`${a.credentials.ufrag}:x`, 'guessed'), stranger, host.address);
    lab.network.inject(check(`other:x`, a.credentials.pwd), stranger, host.address);
    lab.network.inject(new StunMessage(METHOD.BINDING, 'request', PACKET).serialize(), stranger, host.address);
    lab.clock.advance(500);
    expect(a.isProven(host.base, stranger)).toBe(false);
    expect(lab.pathOf(a)).toBe('192.0.2.1 > 192.0.2.2 (host)');
    expect(a.isProven(host.base, a.selected(1)!.remote.address)).toBe(true);
  });

  test('cannot answer for the peer, and not reflect its packets', () => {
    const { lab, a, b, host } = setUp();
    lab.network.passes = (_from, to, bytes) => {
      // Every check that goes to B is answered by a stranger, with success.
      const request = StunMessage.parse(bytes);
      if (to.host === '192.0.2.2' && request?.class === 'request') {
        const forged = new StunMessage(METHOD.BINDING, 'success', request.transactionId);
        forged.addAddress(ATTRIBUTE.XOR_MAPPED_ADDRESS, host.address);
        lab.network.inject(forged.serialize(), to, host.address);
        lab.network.inject(forged.serialize(textValue('guessed')), to, host.address);
        return false;
      }
      return true;
    };
    lab.connect(a, b);
    lab.clock.advance(45_000);
    expect(a.state).toBe('failed');
  });
});
