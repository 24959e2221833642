import { describe, expect, test } from 'vitest';
import { Configuration } from './configuration';
import { ConfigurationError, type ConfigurationProblem } from './configuration-error';

const problemsOf = (read: () => unknown): readonly ConfigurationProblem[] => {
  try {
    read();
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    return (error as ConfigurationError).problems;
  }
  return [];
};

/** A mistake a line, and what is said of it. */
const mistakes: readonly (readonly [section: string, name: string, value: string, allowed: string])[] = [
  ['policy.endpoint', 'ip_versions', 'ipv5', 'ipv4, ipv6, "ipv4,ipv6", "ipv6,ipv4" or nothing'],
  [
    'policy.endpoint',
    'public_address',
    'my phone',
    'an address, a host, $auto, $ipv4, $ipv6, $host, $fqdn, $net:SUBNET or $ADAPTER',
  ],
  ['policy.endpoint', 'signaling_qos', '64', 'a code point (RFC 2474) from 0 to 63'],
  ['policy.endpoint', 'audio_qos', 'EF', 'a code point (RFC 2474) from 0 to 63'],
  ['policy.endpoint', 'include_os_version_in_user_agent_header', 'yes', '0 or 1'],
  ['policy.endpoint', 'sip_port_min', '70000', 'a port from 1 to 65535, or 0 for the default'],
  ['policy.endpoint', 'rtp_port_min', '8000.5', 'a port from 1 to 65535, or 0 for the default'],
  ['policy.endpoint', 'rtp_inactivity_timeout', '-1', '1 to 149 seconds, or 0 (or 150 and more) for never'],
  ['policy.endpoint', 'sip_transaction_timeout', '0', 'a whole number from 1 to 32000'],
  ['policy.endpoint', 'vq_report_collector', 'collector', 'user@host:port, with ;transport=… behind it if need be'],
  ['policy.endpoint', 'vq_alarm_threshold', '0.5', '1.0 to 5.0, or 0 for none'],
  ['policy.endpoint', 'answer_sdp_priority', 'ours', 'one of config, offer'],
  ['policy.endpoint', 'gui_call_lines', '8', 'a whole number from 1 to 7'],
  ['policy.session', 'auto_answer', 'true', '0 or 1'],
  ['policy.session', 'vad_level', '4', 'a whole number from 0 to 3'],
  ['policy.session', 'sip_code_when_headset_na', '200', 'a SIP status from 400 to 699'],
  ['policy.session', 'dtmf_method', 'rfc4733', 'one of Rfc2833, Info, InbandRtp'],
  ['policy.session', 'ringback_enabled', '5', 'one of 0, 1, 2, 3, 4, 6'],
  ['policy.session', 'ringing_enabled', 'all', 'a whole number from 0 to 7'],
  ['policy.session', 'number_sessions_for_busy', '0', 'a whole number from 1 to 10000'],
  ['policy.codecs', 'PCMU/8000', '0', 'a priority from 1 to 127 that no other codec has'],
  ['policy.codecs', 'PCMA/8000', '128', 'a priority from 1 to 127 that no other codec has'],
  ['proxies.proxy0', 'reg_timeout', 'never', 'seconds, 0 for no registration, or less for 1800'],
  ['proxies.proxy0', 'reg_interval', '1.5', 'seconds up to 86400, or 0 for never'],
  ['proxies.proxy1', 'register_address', 'sbc:5060', 'a host, such as pbx.example.com'],
  ['system.diagnostics', 'log_level', 'debug', '0 (fatal), 1 (error), 2 (warning), 3 (info) or 4 (debug)'],
  [
    'system.security',
    'use_srtp',
    'on',
    'disabled (or off), optional (or allowed), elective (or both) or mandatory, each but the first with ,UEC if need be',
  ],
  ['system.security', 'tls-target-name-check', '1', 'one of no, host'],
];

const xml = `<SipEndpoint><Container name="Basic">
<Connectivity user="10 01" server="pbx.example.com:99999"/>
<Connectivity user="1002" server="pbx.example.com"/>
</Container><Container name="Genesys"><settings>
${mistakes
  .map(([path, name, value]) => {
    const [domain, section] = path.split('.');
    return `<domain name="${domain}"><section name="${section}"><setting name="${name}" value="${value}"/></section></domain>`;
  })
  .join('\n')}
</settings></Container></SipEndpoint>`;

const FIRST_LINE = 5;

describe('a file with thirty mistakes', () => {
  const found = problemsOf(() => Configuration.fromXml(xml));

  test('has thirty messages', () => {
    expect(found).toHaveLength(30);
    expect(found.slice(0, 2).map(({ message }) => message)).toEqual([
      'line 2: user:0 cannot be "10 01"; give the number (DN) or name of a user.',
      'line 2: server:0 cannot be "pbx.example.com:99999"; give a host with or without a port, such as pbx.example.com:5060.',
    ]);
  });

  test.each(mistakes.map((mistake, index) => [...mistake, index] as const))(
    '%s.%s %s: path, value, what is allowed and the line',
    (section, name, value, allowed, index) => {
      const path = `${section}.${name}`;
      const line = FIRST_LINE + index;
      const message = `line ${line}: ${path} cannot be ${JSON.stringify(value)}; give ${allowed}.`;
      expect(found[index + 2]).toEqual({ path, value, allowed, line, message });
    },
  );

  test('and an error that says all of them', () => {
    expect(() => Configuration.fromXml(xml)).toThrow(
      expect.objectContaining({
        code: 'ERR_CONFIGURATION',
        name: 'ConfigurationError',
        message: expect.stringMatching(/^The configuration has 30 mistakes:(\n {2}line \d+: .*;.*\.){30}$/),
      }),
    );
  });
});

describe('JSON with mistakes', () => {
  test('has a message for each: types, names, places', () => {
    const found = problemsOf(() =>
      Configuration.fromJson({
        connectivity: [{ user: '1001', server: '192.0.2.1', protcol: 'udp' }, { protocol: 'sctp' }, 7],
        policy: {
          endpoint: { rtp_port_min: '8000', audio_qos: null, rtp_inactivity_timout: 30 },
          session: { auto_answer: 1, dtmf_method: 'info' },
          device: { headset_name: 'Jabra' },
          codecs: { 'PCMU/8000': 1.5, 'no codec': 3 },
        },
        proxies: { proxy0: { password: 1234, nat: [] }, proxy01: { reg_timeout: 3 } },
        media: {},
        unknown: { 'policy.session.auto_answer': '1', 'policy.house.rule': 3 },
      }),
    );
    expect(found.map(({ message }) => message)).toEqual([
      'connectivity.0.protcol is not known; give user, server or protocol.',
      'protocol:1 cannot be "sctp"; give one of udp, tcp, tls.',
      'user:1 is missing; give the number (DN) or name of a user.',
      'server:1 is missing; give a host with or without a port, such as pbx.example.com:5060.',
      'connectivity.2 cannot be 7; give an object with user and server.',
      'policy.endpoint.rtp_port_min cannot be "8000"; give a port from 1 to 65535, or 0 for the default.',
      'policy.endpoint.audio_qos cannot be null; give a code point (RFC 2474) from 0 to 63.',
      'policy.endpoint.rtp_inactivity_timout is not known; give policy.endpoint.rtp_inactivity_timeout, if that is meant.',
      'policy.session.auto_answer cannot be 1; give true or false.',
      'policy.session.dtmf_method cannot be "info"; give one of Rfc2833, Info, InbandRtp.',
      'policy.device.headset_name cannot be "Jabra"; give a list of names of devices or regular expressions, the preferred first.',
      'policy.codecs.PCMU/8000 cannot be 1.5; give a priority from 1 to 127 that no other codec has.',
      'policy.codecs.no codec is not known; give a setting that docs/settings.md lists.',
      'proxies.proxy0.password cannot be "***"; give text.',
      'proxies.proxy0.nat cannot be []; give an object with settings.',
      'proxies.proxy01.reg_timeout is not known; give proxies.proxy1.reg_timeout, if that is meant.',
      'media is not known; give a setting that docs/settings.md lists.',
      'unknown.policy.session.auto_answer is a setting that is known; give it as policy.session.auto_answer.',
      'unknown.policy.house.rule cannot be 3; give text, or a list of texts, by path.',
    ]);
  });

  test.each([undefined, null, 'text', [], 3])('%j is none', (json) => {
    expect(problemsOf(() => Configuration.fromJson(json))[0]!.message).toMatch(/give an object with `connectivity`/);
  });
});

describe('what cannot be together', () => {
  const together = (settings: string) =>
    problemsOf(() =>
      Configuration.fromXml(
        `<SipEndpoint><Container name="Basic">\n<Connectivity user="1" server="a"/></Container><Container name="Genesys"><settings>${settings}</settings></Container></SipEndpoint>`,
      ),
    ).map(({ message }) => message);
  const section = (domain: string, name: string, settings: Record<string, string>) =>
    `<domain name="${domain}"><section name="${name}">${Object.entries(settings)
      .map(([each, value]) => `\n<setting name="${each}" value="${value}"/>`)
      .join('')}</section></domain>`;

  test('ranges that end before they begin', () => {
    expect(together(section('policy', 'endpoint', { rtp_port_min: '9000', rtp_port_max: '8000' }))).toEqual([
      'line 4: policy.endpoint.rtp_port_max cannot be 8000; give 9000 or more, as policy.endpoint.rtp_port_min is 9000.',
    ]);
    expect(together(section('policy', 'endpoint', { sip_port_min: '6000' }))).toEqual([
      'line 3: policy.endpoint.sip_port_min cannot be 6000; give 5080 or less, as policy.endpoint.sip_port_max is 5080.',
    ]);
    expect(together(section('policy', 'endpoint', { rtp_port_max: '8000' }))).toEqual([
      'line 3: policy.endpoint.rtp_port_max cannot be 8000; give 9000 or more, as policy.endpoint.rtp_port_min is 9000.',
    ]);
  });

  test('codecs of the same priority', () => {
    expect(together(section('policy', 'codecs', { 'PCMU/8000': '7', 'PCMA/8000': '7' }))).toEqual([
      'line 4: policy.codecs.PCMA/8000 cannot be 7; give a priority from 1 to 127 that no other codec has: policy.codecs.PCMU/8000 is 7, too.',
    ]);
  });

  test('reports without a collector, TLS without a certificate', () => {
    expect(together(section('policy', 'endpoint', { vq_report_publish: '1' }))).toEqual([
      'line 3: policy.endpoint.vq_report_collector is missing; give user@host:port, as policy.endpoint.vq_report_publish is 1.',
    ]);
    expect(together(section('system', 'security', { tls_enabled: '1' }))).toEqual([
      'line 3: system.security.cert_file is missing; give the path of a PEM file, as system.security.tls_enabled is 1.',
    ]);
  });

  test('no line, and lines of which something is missing', () => {
    const read = (basic: string) =>
      problemsOf(() =>
        Configuration.fromXml(`<SipEndpoint>\n<Container name="Basic">\n${basic}</Container></SipEndpoint>`),
      ).map(({ message }) => message);
    expect(read('')).toEqual(['user:0 is missing; give at least one Connectivity with user and server.']);
    expect(read('<Connectivity user="1"/>\n<Connectivity/>')).toEqual([
      'line 4: user:1 is missing; give the number (DN) or name of a user.',
      'line 4: server:1 is missing; give a host with or without a port, such as pbx.example.com:5060.',
      'line 3: server:0 is missing; give a host with or without a port, such as pbx.example.com:5060.',
    ]);
  });

  test('settings without a name or a value', () => {
    expect(
      together(
        '<domain name="policy">\n<section name="session">\n<setting value="1"/>\n<setting name="auto_answer"/></section></domain>',
      ),
    ).toEqual([
      'line 4: a setting has no name; give an attribute `name`.',
      'line 5: policy.session.auto_answer has no attribute `value`; give 0 or 1.',
    ]);
  });
});
