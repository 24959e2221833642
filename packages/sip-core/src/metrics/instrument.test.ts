import type { Meter } from '@opentelemetry/api';
import { type DataPoint, type Histogram, MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import { describe, expect, it } from 'vitest';
import { leaveNothingBehind, PhoneAndPeer } from '../session/testing/phone-and-peer';
import { instrument } from './instrument';
import type { MetricMeter } from './meter';

class Reader extends MetricReader {
  protected override async onShutdown(): Promise<void> {}
  protected override async onForceFlush(): Promise<void> {}
}

/** A stack watched by the meter of OpenTelemetry. */
async function watched(...args: ConstructorParameters<typeof PhoneAndPeer>) {
  const pair = await PhoneAndPeer.start(...args);
  const reader = new Reader();
  const meter: Meter = new MeterProvider({ readers: [reader] }).getMeter('test');
  // A meter of OpenTelemetry is one of ours without a cast.
  const fits: MetricMeter = meter;
  const off = instrument(pair.stack, fits);
  const collect = async () => {
    const { resourceMetrics, errors } = await reader.collect();
    expect(errors).toEqual([]);
    return resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics);
  };
  /** Series of a metric: attributes without prefixes, and value. */
  const series = async (name: string) => {
    const metric = (await collect()).find(({ descriptor }) => descriptor.name === name);
    return (metric?.dataPoints ?? []).map(({ attributes, value }) => {
      const words = Object.entries(attributes).map(([, word]) => word);
      return `${words.join(' ')}: ${(value as DataPoint<number>['value']) ?? ''}`;
    });
  };
  /** Sums of a histogram: attributes, how many, and how long together. */
  const delays = async (name: string) => {
    const metric = (await collect()).find(({ descriptor }) => descriptor.name === name);
    return (metric?.dataPoints ?? []).map(({ attributes, value }) => {
      const { count, sum } = value as Histogram;
      return `${Object.values(attributes).join(' ')}: ${count} in ${sum?.toFixed(3)} s`;
    });
  };
  return { pair, ...pair, series, delays, off, collect };
}

describe('a stack with a meter of OpenTelemetry', () => {
  leaveNothingBehind();

  it('counts messages by method, class of status, direction and transport', async () => {
    const { pair, series } = await watched();
    await pair.calling();
    pair.send('OPTIONS');
    await pair.peer.receiveStatus(200);
    expect(await series('sip.requests')).toEqual(['INVITE sent udp: 1', 'ACK sent udp: 1', 'OPTIONS received udp: 1']);
    expect(await series('sip.responses')).toEqual(['INVITE received udp 2xx: 1', 'OPTIONS sent udp 2xx: 1']);
  });

  it('makes no series of its own for methods that strangers invent', async () => {
    const { pair, series } = await watched();
    for (const method of ['ONE', 'TWO', 'THREE']) {
      pair.send(method, { headers: [['X', method]] });
      await pair.peer.receiveStatus(405);
    }
    expect(await series('sip.requests')).toEqual(['other received udp: 3']);
  });

  it('measures how long sessions take to begin, last and end (RFC 6076)', async () => {
    const { pair, delays, series } = await watched();
    const session = pair.call();
    const invite = await pair.peer.receive('INVITE');
    await pair.clock.advance(1_998);
    pair.peer.reply(invite, 180);
    await pair.clock.advance(5_000);
    pair.peer.reply(invite, 200, { body: 'peer answer' });
    await pair.peer.receive('ACK');
    expect(await series('sip.sessions')).toEqual([': 1']);
    expect(await series('sip.dialogs')).toEqual([': 1']);
    await pair.clock.advance(60_000);
    const ended = session.terminate();
    const bye = await pair.peer.receive('BYE');
    await pair.clock.advance(298);
    pair.peer.reply(bye, 200);
    await pair.clock.until(ended);
    expect(await delays('sip.session.request_delay')).toEqual(['success: 1 in 2.000 s']);
    expect(await delays('sip.session.disconnect_delay')).toEqual(['success: 1 in 0.300 s']);
    expect(await series('sip.session.attempts')).toEqual(['outgoing established: 1']);
    const [duration] = await delays('sip.session.duration');
    expect(duration).toMatch(/^outgoing local: 1 in 60\.\d+ s$/);
    expect(await series('sip.sessions')).toEqual([': 0']);
  });

  it('counts the time of a challenge to the delay of what was challenged', async () => {
    const { pair, delays } = await watched();
    const registration = pair.stack.register({
      aor: 'sip:alice@192.0.2.2',
      credentials: { username: 'alice', password: 'x' },
    });
    const started = registration.start();
    const first = await pair.peer.receive('REGISTER');
    await pair.clock.advance(998);
    pair.peer.reply(first, 401, {
      headers: [['WWW-Authenticate', 'Digest realm="r", nonce="n", algorithm=MD5, qop="auth"']],
    });
    const second = await pair.peer.receive('REGISTER');
    await pair.clock.advance(499);
    pair.peer.reply(second, 200, { headers: [['Contact', second.contact!.toString()]] });
    await pair.clock.until(started);
    const [delay] = await delays('sip.registration.request_delay');
    expect(delay).toBe('success: 1 in 1.501 s');
    registration.stop();
  });

  it('tells apart what became of calls that were none', async () => {
    const { pair, series } = await watched();
    for (const status of [486, 503, 302, 404]) {
      const session = pair.call();
      const invite = await pair.peer.receive('INVITE');
      pair.peer.reply(invite, status);
      await pair.peer.receive('ACK');
      await pair.clock.advance(1);
      expect(session.state).toBe('terminated');
    }
    expect(await series('sip.session.attempts')).toEqual([
      'outgoing declined: 1',
      'outgoing ineffective: 1',
      'outgoing redirected: 1',
      'outgoing refused: 1',
    ]);
  });

  it('counts what came again, was refused and was dropped, by reason', async () => {
    const { pair, series } = await watched({ limits: { maxSessions: 0 } });
    const invite = pair.send('INVITE', { body: 'offer' });
    await pair.peer.receiveStatus(503);
    pair.peer.sendAsIs(invite, { host: '192.0.2.1', port: 5060 });
    await pair.clock.advance(10);
    pair.send('OPTIONS', { headers: [['Max-Forwards', 'x']] });
    pair.send('ACK', { headers: [['Max-Forwards', 'x']] });
    await pair.clock.advance(10);
    expect(await series('sip.refused')).toEqual(['sessions udp: 1', 'malformed udp: 1']);
    expect(await series('sip.dropped')).toEqual(['malformed-request udp: 1']);
    expect(await series('sip.retransmissions')).toEqual(expect.arrayContaining(['INVITE received udp request: 1']));
    await pair.clock.advance(40_000);
  });

  it('counts requests that nobody answered', async () => {
    const { pair, series, delays } = await watched();
    pair.network.filter = () => false;
    const failed = pair.stack.request({ method: 'OPTIONS', uri: 'sip:b@192.0.2.2', from: 'sip:a@192.0.2.1' });
    await expect(pair.clock.until(failed)).rejects.toMatchObject({ code: 'ERR_SIP_TIMEOUT' });
    const session = pair.call();
    await pair.clock.advance(33_000);
    expect(session.state).toBe('terminated');
    expect(await series('sip.failures')).toEqual(['OPTIONS sent udp timeout: 1', 'INVITE sent udp timeout: 1']);
    expect(await delays('sip.session.request_delay')).toEqual(['failure: 1 in 32.000 s']);
    expect(await series('sip.retransmissions')).toEqual(['OPTIONS sent udp request: 10', 'INVITE sent udp request: 6']);
  });

  it('is left alone when that is over', async () => {
    const { pair, series, off } = await watched();
    off();
    pair.send('OPTIONS');
    await pair.peer.receiveStatus(200);
    expect(await series('sip.requests')).toEqual([]);
    expect(await series('sip.sessions')).toEqual([]);
  });
});
