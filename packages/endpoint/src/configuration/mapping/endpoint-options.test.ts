import { encodeWav } from '@offhook/rtp-media';
import { describe, expect, test } from 'vitest';
import type { Call } from '../../call/call';
import type { IncomingInvite } from '../../policies/admission';
import { Configuration } from '../configuration';
import { ConfigurationError } from '../configuration-error';
import { settings } from '../settings/table';
import type { SettingValue } from '../settings/value-kind';
import { oneLine, sampleXml } from '../testing/sample';
import { type ConfiguredOptions, endpointOptions } from './endpoint-options';
import type { ConfigurationEnvironment } from './environment';

const environment: ConfigurationEnvironment = {
  addresses: () => [
    { adapter: 'lan', address: '192.0.2.7', family: 4 },
    { adapter: 'vpn', address: '10.1.2.3', family: 4 },
    { adapter: 'lan', address: '2001:db8::7', family: 6 },
  ],
  hostname: () => 'desk7',
  lookup: async (host, family) => {
    if (host === 'desk7') return family === 6 ? '2001:db8::7' : '192.0.2.7';
    throw new Error(`ENOTFOUND ${host}`);
  },
  readFile: async (path) =>
    path.endsWith('.wav') ? encodeWav(new Int16Array(800), 8000) : new TextEncoder().encode(`PEM of ${path}`),
  operatingSystem: () => 'Plan9 4',
};

const mapped = (changes: Record<string, SettingValue> = {}, around: ConfigurationEnvironment = {}) => {
  const configuration = Configuration.fromJson(oneLine);
  configuration.apply(changes);
  return endpointOptions(configuration, { ...environment, ...around });
};

/** What shows of a call that comes in while nobody could talk, and of one during another. */
function seen({ options, ...rest }: ConfiguredOptions) {
  const { registry: _, autoAnswer, admission, ringing, ...others } = options;
  const ask = (calls: number) => admission?.({ calls: Array(calls).fill({}) as Call[] } as unknown as IncomingInvite);
  const tone = (make: (() => object) | false | undefined) => make && { ...make() };
  return {
    options: {
      ...others,
      answer: (autoAnswer as (call: Call) => number | undefined)({} as Call),
      admission: [ask(0), ask(1), ask(2)],
      ringing: ringing && {
        ...ringing,
        ringTone: tone(ringing.ringTone),
        callWaiting: tone(ringing.callWaiting),
        ringbackTone: tone(ringing.ringbackTone),
      },
    },
    rest,
  };
}

/** What a setting needs beside it to have an effect, or to be allowed. */
const beside: Record<string, Record<string, SettingValue>> = {
  'policy.endpoint.vq_report_publish': { 'policy.endpoint.vq_report_collector': 'a@192.0.2.9' },
  'policy.endpoint.vq_report_collector': {
    'policy.endpoint.vq_report_publish': true,
    'policy.endpoint.vq_report_collector': 'other@192.0.2.9',
  },
  'policy.endpoint.tcp_port_min': { 'policy.endpoint.tcp_port_max': 30_000 },
  'policy.session.sip_code_when_headset_na': { 'policy.session.reject_session_when_headset_na': true },
  'policy.session.number_sessions_for_busy': { 'policy.session.reject_session_when_busy': true },
  'policy.session.sip_code_when_busy': { 'policy.session.reject_session_when_busy': true },
  'proxies.proxy0.register_port': { 'proxies.proxy0.register_address': 'sbc.example.com' },
  'system.security.tls_enabled': { 'system.security.cert_file': 'phone.pem' },
  'codecs.PCMU/8000.enabled': { 'codecs.PCMU/8000.enabled': true },
};
for (const name of ['stun_server', 'stun_server_port', 'turn_server', 'turn_server_port', 'turn_user_name']) {
  beside[`proxies.proxy0.nat.${name}`] = {
    'proxies.proxy0.nat.ice_enabled': true,
    ...(name !== 'stun_server' && { 'proxies.proxy0.nat.stun_server': 's.example.com' }),
    ...(name !== 'turn_server' && { 'proxies.proxy0.nat.turn_server': 't.example.com' }),
  };
}
for (const name of ['turn_password', 'turn_relay_type']) {
  beside[`proxies.proxy0.nat.${name}`] = beside['proxies.proxy0.nat.turn_user_name']!;
}
for (const name of ['server', 'transport', 'timeout', 'password', 'user']) {
  beside[`proxies.proxy0.mailbox.${name}`] = name === 'user' ? {} : { 'proxies.proxy0.mailbox.user': '2001' };
}

/** What there is to see only while nobody could talk. */
const withoutDevice = new Set(['reject_session_when_headset_na', 'sip_code_when_headset_na']);
/** What there are several of stands as one of them. */
const pathOf = (pattern: string): string =>
  pattern
    .replace('NAME/RATE', 'PCMA/8000')
    .replace('CODEC', 'PCMU/8000')
    .replace(/N(?=$|\.)/, '0');

describe('every setting', () => {
  test.each(settings.map(({ path, setting }) => [path, setting.status, setting] as const))(
    '%s is %s, as the table of settings has it',
    async (pattern, status, setting) => {
      const path = pathOf(pattern);
      const around = { deviceAvailable: () => !withoutDevice.has(path.split('.').at(-1)!) };
      const base = pattern.startsWith('codecs.') ? { 'codecs.PCMA/8000.enabled': true } : {};
      const with_ = { ...base, ...beside[path] };
      const value = setting.kind.example as SettingValue;
      expect(value).not.toEqual(setting.fallback);
      const before = seen(await mapped(with_, around));
      const after = seen(await mapped({ ...with_, [path]: value }, around));
      const ofEndpoint = ({ options, rest }: typeof before) => [options, rest.sipPorts, rest.lines];
      const ofOthers = ({ rest }: typeof before) => rest.further;
      if (status === 'honoured') expect(ofEndpoint(after)).not.toEqual(ofEndpoint(before));
      else expect(ofEndpoint(after)).toEqual(ofEndpoint(before));
      if (status === 'handed-over') expect(ofOthers(after)).not.toEqual(ofOthers(before));
      if (status === 'unsupported') expect(ofOthers(after)).toEqual(ofOthers(before));
      if (status !== 'honoured') expect(setting.reason).toMatch(/\w/);
    },
  );
});

describe('the file of a phone', () => {
  test('makes lines', async () => {
    const { lines, sipPorts, options } = await endpointOptions(Configuration.fromXml(sampleXml), environment);
    expect(lines).toEqual([
      {
        connection: {
          user: 'sip:1001@sip1.example.com',
          server: 'sip:sip1.example.com:5060;transport=udp',
          expires: 600,
          password: 'secret',
        },
        mailbox: {
          uri: 'sip:2001@sip1.example.com',
          server: 'sip:sip1.example.com:5060;transport=udp',
          expires: 1800,
          password: undefined,
        },
      },
      {
        connection: {
          user: 'sip:1001@sip2.example.com',
          server: 'sip:sip2.example.com:5062;transport=tcp',
          expires: 1800,
        },
        mailbox: undefined,
      },
    ]);
    expect(sipPorts).toEqual([5060, 5080]);
    expect(options.transports).toEqual([
      { protocol: 'udp', host: '0.0.0.0', port: 5060 },
      { protocol: 'tcp', host: '0.0.0.0', port: 5060 },
      { protocol: 'tls', host: '0.0.0.0', listen: false },
    ]);
  });

  test('names codecs, the preferred first; those there are not are left out and told', async () => {
    const { options, further } = await endpointOptions(Configuration.fromXml(sampleXml), environment);
    expect(options.codecs).toEqual(['G722/8000', 'PCMU/8000', 'PCMA/8000']);
    expect(further.codecsLeftOut.filter((name) => !name.startsWith('iSAC'))).toEqual(['vp8']);
    expect(options.mediaSecurity).toEqual({ policy: 'elective', keying: ['sdes'], unencryptedSrtcp: true });
    expect(further.devices).toMatchObject({
      useHeadset: true,
      headsets: ['Jabra.*', 'Plantronics'],
      releaseDelayMs: 200,
    });
    expect(further.logging).toMatchObject({ enabled: true, type: 'file', file: 'SipEndpoint.log', level: 'warn' });
  });

  test('has codecs in the order of their sections, where no priorities are given', async () => {
    const { options } = await mapped({
      'codecs.PCMA/8000.enabled': true,
      'codecs.opus/48000/2.enabled': true,
      'codecs.PCMU/8000.enabled': false,
    });
    expect(options.codecs).toEqual(['PCMA/8000', 'opus/48000']);
  });

  test('cannot be without a codec that there is', async () => {
    await expect(mapped({ 'policy.codecs.vp8': 3 })).rejects.toThrow(
      /^policy\.codecs cannot be "vp8"; give at least one of .*PCMU\/8000/,
    );
  });
});

describe('lines', () => {
  const connection = async (changes: Record<string, SettingValue>) => (await mapped(changes)).lines[0]!.connection;

  test('have users whose signs are escaped in addresses', async () => {
    expect((await connection({ 'user:0': 'jürgen' })).user).toBe('sip:j%C3%BCrgen@192.0.2.1');
    expect((await connection({ 'user:0': '+4930', 'server:0': '[2001:db8::1]:5070' })).user).toBe(
      'sip:+4930@[2001:db8::1]',
    );
  });

  test('register for 1800 seconds when less than nothing is said, and not at all for 0', async () => {
    expect((await connection({ 'proxies.proxy0.reg_timeout': -1 })).expires).toBe(1800);
    expect((await connection({ 'proxies.proxy0.reg_timeout': 0 })).expires).toBe(0);
  });

  test('go by a border controller, looked up when it has no port, and by a second server', async () => {
    const sbc = { 'proxies.proxy0.register_address': 'sbc.example.com', 'protocol:0': 'tls' };
    expect(await connection(sbc)).toMatchObject({
      user: 'sip:1001@192.0.2.1',
      server: 'sip:sbc.example.com;transport=tls',
    });
    const both = {
      ...sbc,
      'proxies.proxy0.register_port': 5071,
      'proxies.proxy0.backup_server': 'sbc2.example.com:5072',
    };
    expect((await connection(both)).servers).toEqual([
      'sip:sbc.example.com:5071;transport=tls',
      'sip:sbc2.example.com:5072;transport=tls',
    ]);
  });
});

describe('the address that peers are told', () => {
  const choose = async (public_address: string, ip_versions = '') => {
    const { options } = await mapped({
      'policy.endpoint.public_address': public_address,
      'policy.endpoint.ip_versions': ip_versions,
    });
    return [options.publicAddress, options.transports![0]!.host];
  };

  test.each([
    ['', '', undefined, '0.0.0.0'],
    ['$auto', 'ipv6', undefined, '::'],
    ['$auto', 'ipv6,ipv4', undefined, '::'],
    ['$ipv6', 'ipv4', undefined, '::'],
    ['$ipv4', 'ipv6', undefined, '0.0.0.0'],
    ['198.51.100.4', 'ipv6', '198.51.100.4', '0.0.0.0'],
    ['2001:db8::9', '', '2001:db8::9', '::'],
    ['$host', '', '192.0.2.7', '0.0.0.0'],
    ['$fqdn', 'ipv6', '2001:db8::7', '::'],
    ['desk7', 'ipv4', '192.0.2.7', '0.0.0.0'],
    ['$net:10.0.0.0/8', '', '10.1.2.3', '0.0.0.0'],
    ['$net:2001:db8::/32', '', '2001:db8::7', '::'],
    ['$vpn', '', '10.1.2.3', '0.0.0.0'],
    ['$lan', 'ipv6', '2001:db8::7', '::'],
  ])('%j with %j', async (given, versions, address, bind) => {
    expect(await choose(given, versions)).toEqual([address, bind]);
  });

  test('is IPv6 where there is nothing else', async () => {
    const addresses = () => [{ adapter: 'lan', address: '2001:db8::7', family: 6 as const }];
    expect((await mapped({}, { addresses })).options.transports![0]!.host).toBe('::');
  });

  test.each([
    ['$wifi', /give what this machine has an address of, such as \$lan, \$vpn\.$/],
    ['$net:172.16.0.0/12', /give what this machine has an address of/],
    ['$net:10/8', /give \$net: and a subnet/],
    ['$net:10.0.0.0/33', /give \$net: and a subnet/],
    ['elsewhere', /give a host that has an address, as elsewhere has none\.$/],
  ])('cannot be %s', async (given, message) => {
    const failure = choose(given);
    await expect(failure).rejects.toBeInstanceOf(ConfigurationError);
    await expect(failure).rejects.toThrow(message);
  });
});

describe('files', () => {
  test('that cannot be read are told by the setting that names them', async () => {
    const readFile = async () => Promise.reject(new Error('ENOENT'));
    await expect(mapped({ 'system.security.cert_file': 'a.pem' }, { readFile })).rejects.toThrow(
      'system.security.cert_file cannot be "a.pem"; give the path of a PEM file',
    );
    await expect(mapped({ 'policy.session.ringback_file': 'a.wav' }, { readFile })).rejects.toThrow(
      'policy.session.ringback_file cannot be "a.wav"; give the path of a WAV file that can be read.',
    );
    const text = async () => new TextEncoder().encode('no sound at all');
    await expect(mapped({ 'system.media.ringing_file': 'a.txt' }, { readFile: text })).rejects.toThrow(/WAV file/);
  });

  test('hold the certificate and its key', async () => {
    const { options } = await mapped({ 'system.security.cert_file': 'a.pem', 'system.security.tls_enabled': true });
    expect(options.tls).toEqual({ certificate: { cert: 'PEM of a.pem', key: 'PEM of a.pem' }, verify: true });
    expect(options.transports![2]).toEqual({ protocol: 'tls', host: '0.0.0.0', listen: true, port: 5061 });
  });
});

test('User-Agent says as much as it is told to', async () => {
  const agent = async (changes: Record<string, SettingValue>) => (await mapped(changes)).options.userAgent;
  const os = 'policy.endpoint.include_os_version_in_user_agent_header';
  const sdk = 'policy.endpoint.include_sdk_version_in_user_agent_header';
  expect(await agent({})).toMatch(/^Offhook\/\d+\.\d+\.\d+$/);
  expect(await agent({ [os]: true })).toMatch(/^Offhook\/\S+ \(Plan9 4\)$/);
  expect(await agent({ [os]: true, [sdk]: false })).toBe('Offhook (Plan9 4)');
  expect(await agent({ 'policy.endpoint.user_agent': 'Desk/1' })).toBe('Desk/1');
});

test('inactive calls are released after 1 to 149 seconds only', async () => {
  const release = async (seconds: number) => {
    const { inactivityMs, releaseInactive } = (await mapped({ 'policy.endpoint.rtp_inactivity_timeout': seconds }))
      .options;
    return [inactivityMs, releaseInactive];
  };
  expect(await release(0)).toEqual([undefined, false]);
  expect(await release(1)).toEqual([1000, true]);
  expect(await release(149)).toEqual([149_000, true]);
  expect(await release(150)).toEqual([undefined, false]);
});

test('servers of address translators are those of all lines that look for a way', async () => {
  const { options } = await mapped({
    'user:1': '2',
    'server:1': 'b',
    'proxies.proxy0.nat.stun_server': 'unused.example.com',
    'proxies.proxy1.nat.ice_enabled': true,
    'proxies.proxy1.nat.stun_server': 'stun.example.com',
    'proxies.proxy1.nat.turn_server': 'turn.example.com',
    'proxies.proxy1.nat.turn_relay_type': 1,
    'proxies.proxy1.nat.turn_user_name': 'alice',
    'proxies.proxy1.nat.turn_password': 'secret',
  });
  expect(options.ice).toEqual({
    servers: [
      { urls: 'stun:stun.example.com:3478' },
      { urls: 'turn:turn.example.com:3478?transport=tcp', username: 'alice', credential: 'secret' },
    ],
  });
  expect((await mapped({})).options.ice).toBeUndefined();
});
