import { describe, expect, expectTypeOf, test } from 'vitest';
import { Configuration, type ConfigurationChange } from './configuration';
import { oneLine, sampleXml } from './testing/sample';

const fresh = () => Configuration.fromJson(oneLine);

describe('reading settings', () => {
  test('gives what the file says, and defaults for the rest', () => {
    const configuration = Configuration.fromXml(sampleXml);
    expect(configuration.lineCount).toBe(2);
    expect(configuration.get('server:1')).toBe('sip2.example.com:5062');
    expect(configuration.get('protocol:0')).toBe('udp');
    expect(configuration.get('policy.session.dtmf_method')).toBe('Rfc2833');
    expect(configuration.get('policy.codecs.G722/16000')).toBe(9);
    expect(configuration.get('proxies.proxy0.mailbox.user')).toBe('2001');
    expect(configuration.get('proxies.proxy1.reg_timeout')).toBe(1800);
    expect(configuration.get('proxies.proxy1.password')).toBeUndefined();
    expect(configuration.has('policy.session.auto_answer')).toBe(true);
    // An empty value is as none.
    expect(configuration.has('policy.session.vad_level')).toBe(false);
    expect(configuration.get('policy.session.vad_level')).toBe(1);
  });

  test('knows the type of each', () => {
    const configuration = fresh();
    expectTypeOf(configuration.get('policy.session.auto_answer')).toEqualTypeOf<boolean | undefined>();
    expectTypeOf(configuration.get('policy.session.dtmf_method')).toEqualTypeOf<
      'Rfc2833' | 'Info' | 'InbandRtp' | undefined
    >();
    expectTypeOf(configuration.get('proxies.proxy3.nat.stun_server_port')).toEqualTypeOf<number | undefined>();
    expectTypeOf(configuration.get('policy.device.headset_name')).toEqualTypeOf<readonly string[] | undefined>();
  });

  test('refuses paths that are none, with the one that may be meant', () => {
    const configuration = fresh();
    expect(() => configuration.get('policy.session.auto_anser' as string)).toThrow(
      'policy.session.auto_anser is not known; give policy.session.auto_answer, if that is meant.',
    );
    for (const path of [
      '',
      'policy',
      'policy.session',
      'policy.session.',
      'a.b.c.d.e',
      'user',
      'user:x',
      'proxies.proxy.password',
    ]) {
      expect(() => configuration.get(path as string)).toThrow(/is not known/);
    }
  });

  test('takes dots for colons, transport for protocol, and the words of Workspace', () => {
    const configuration = Configuration.fromXml(sampleXml);
    expect(configuration.get('policy:session:auto_answer' as string)).toBe(false);
    expect(configuration.get('transport:1' as string)).toBe('tcp');
    expect(configuration.get('protocol.1' as string)).toBe('tcp');
    configuration.set('sipendpoint.sbc-register-address' as string, 'sbc1.example.com');
    configuration.set('sipendpoint.sbc-register-address.peer' as string, 'sbc2.example.com');
    configuration.set('sipendpoint.transport-protocol' as string, 'TLS');
    expect(configuration.get('proxies.proxy0.register_address')).toBe('sbc1.example.com');
    expect(configuration.get('proxies.proxy1.register_address')).toBe('sbc2.example.com');
    expect(configuration.get('protocol:0')).toBe('tls');
  });
});

describe('changing settings', () => {
  test('says what has changed, from what, and when it counts', () => {
    const configuration = fresh();
    const events: (readonly ConfigurationChange[])[] = [];
    configuration.on('changed', (changes) => events.push(changes));
    const change = configuration.set('policy.session.auto_answer', true);
    expect(change).toEqual({
      path: 'policy.session.auto_answer',
      value: true,
      previous: false,
      effect: 'next call',
      status: 'honoured',
    });
    expect(configuration.set('policy.endpoint.rtp_port_min', '8000')).toMatchObject({
      value: 8000,
      effect: 'next start',
    });
    expect(configuration.set('policy.endpoint.rtp_port_min', undefined)).toMatchObject({ value: 9000, previous: 8000 });
    expect(configuration.set('policy.session.agc_mode', '0')).toMatchObject({
      status: 'handed-over',
      effect: 'immediately',
    });
    expect(events.map(([first]) => first!.path)).toEqual([
      'policy.session.auto_answer',
      'policy.endpoint.rtp_port_min',
      'policy.endpoint.rtp_port_min',
      'policy.session.agc_mode',
    ]);
  });

  test('is silent when nothing has changed', () => {
    const configuration = fresh();
    configuration.on('changed', () => expect.unreachable());
    expect(configuration.set('policy.session.auto_answer', false)).toBeUndefined();
    expect(configuration.has('policy.session.auto_answer')).toBe(true);
    expect(configuration.set('policy.session.auto_answer', undefined)).toBeUndefined();
    expect(configuration.has('policy.session.auto_answer')).toBe(false);
  });

  test('takes nothing of what cannot be', () => {
    const configuration = fresh();
    configuration.on('changed', () => expect.unreachable());
    expect(() => configuration.set('policy.session.sip_code_when_busy', 99)).toThrow(
      'policy.session.sip_code_when_busy cannot be 99; give a SIP status from 400 to 699.',
    );
    const changes = {
      'policy.session.auto_answer': true,
      'policy.session.ptime': 5,
      'policy.house.rule': 1,
      'user:0': 'a b',
    };
    expect(() => configuration.apply(changes)).toThrow(
      expect.objectContaining({
        problems: [
          expect.objectContaining({ path: 'policy.session.ptime', value: 5 }),
          expect.objectContaining({ path: 'policy.house.rule' }),
          expect.objectContaining({ path: 'user:0' }),
        ],
      }),
    );
    expect(configuration.get('policy.session.auto_answer')).toBe(false);
  });

  test('at once takes what only fits together', () => {
    const configuration = Configuration.fromXml(sampleXml);
    expect(() => configuration.set('policy.endpoint.rtp_port_min', 10_000)).toThrow(
      'policy.endpoint.rtp_port_max cannot be 9000; give 10000 or more',
    );
    const changes = configuration.apply({
      'policy.endpoint.rtp_port_min': 10_000,
      'policy.endpoint.rtp_port_max': 11_000,
    });
    expect(changes.map(({ value }) => value)).toEqual([10_000, 11_000]);
    const swapped = configuration.apply({ 'policy.codecs.PCMU/8000': 6, 'policy.codecs.PCMA/8000': 7 });
    expect(swapped).toHaveLength(2);
  });

  test('adds lines and takes them away', () => {
    const configuration = fresh();
    expect(() => configuration.set('user:1', '1002')).toThrow('server:1 is missing');
    configuration.apply({ 'user:1': '1002', 'server:1': 'b.example.com' });
    expect(configuration.lineCount).toBe(2);
    expect(() => configuration.apply({ 'user:0': undefined, 'server:0': undefined })).toThrow(/user:0 is missing/);
    configuration.apply({ 'user:1': undefined, 'server:1': undefined });
    expect(configuration.lineCount).toBe(1);
    expect(() => configuration.apply({ 'user:0': undefined, 'server:0': undefined })).toThrow(
      /at least one Connectivity/,
    );
  });
});

describe('what does not do what its writer may think', () => {
  test('is told, with its line and the reason', () => {
    const xml = sampleXml
      .replace('<setting name="log_level"', '<setting name="log_level" value="3"/>$&')
      .replace('proxy0', 'proxy7')
      .replace('house_rule', 'rtp_port_mix');
    const notices = Configuration.fromXml(xml).notices.map(({ path, status, line }) => [path, status, line]);
    expect(notices).toEqual([
      ['policy.device.use_headset', 'handed-over', 27],
      ['policy.device.headset_name', 'handed-over', 29],
      ['system.diagnostics.log_level', 'handed-over', 50],
      ['policy.endpoint.rtp_port_mix', 'unknown', 18],
      ['system.diagnostics.log_level', 'repeated', 50],
      ['proxies.proxy7', 'stray', undefined],
    ]);
  });

  test('is a sentence', () => {
    const configuration = Configuration.fromJson({
      ...oneLine,
      policy: { session: { auto_accept_video: true } },
      unknown: { 'policy.session.auto_anwser': '1' },
    });
    expect(configuration.notices.map(({ reason }) => reason)).toEqual([
      'policy.session.auto_accept_video is unsupported: there is no video.',
      'policy.session.auto_anwser is not known; it is kept, and nothing comes of it. policy.session.auto_answer may be meant.',
    ]);
  });
});

test('JSON of a configuration is one again, without the defaults', () => {
  const json = Configuration.fromXml(sampleXml).toJSON();
  expect(JSON.parse(JSON.stringify(json))).toEqual(json);
  expect(json).toMatchObject({
    connectivity: [{ user: '1001', server: 'sip1.example.com:5060', protocol: 'udp' }, { protocol: 'tcp' }],
    policy: {
      device: { use_headset: true, headset_name: ['Jabra.*', 'Plantronics'] },
      codecs: { 'PCMU/8000': 7, vp8: 1 },
    },
    proxies: { proxy0: { reg_timeout: 600, mailbox: { user: '2001' } } },
    system: { security: { use_srtp: 'both,UEC' } },
    unknown: { 'policy.endpoint.house_rule': 'a & "b"' },
  });
  expect(json.policy!.session).toEqual({ auto_answer: false, dtmf_method: 'Rfc2833' });
  expect(Configuration.fromJson(json).toJSON()).toEqual(json);
});
