import { readFile } from 'node:fs/promises';
import Ajv from 'ajv/dist/2020';
import { describe, expect, test } from 'vitest';
import { Configuration } from './configuration';
import { writeJson } from './json';
import { configurationSchema } from './schema';
import { type ListedSetting, settings } from './settings/table';
import { accepts } from './settings/value-kind';
import { settingsPage } from './settings-page';
import { oneLine, sampleXml } from './testing/sample';

const validate = new Ajv({ strict: true, allErrors: true, strictTypes: false }).compile(configurationSchema());

const pathOf = (pattern: string): string =>
  pattern
    .replace('NAME/RATE', 'PCMU/8000')
    .replace('CODEC', 'opus')
    .replace(/N(?=$|\.)/, '0');

/** A configuration that says one thing besides a line. */
const saying = (path: string, value: unknown): unknown => {
  const values = new Map([...Configuration.fromJson(oneLine).entries(), [path, 'HERE'] as const]);
  return JSON.parse(JSON.stringify(writeJson({ values, unknown: new Map() })).replace('"HERE"', JSON.stringify(value)));
};

/** Whether it is taken, but for what the schema cannot say: what has to be beside it. */
function isTaken(path: string, json: unknown): boolean {
  try {
    Configuration.fromJson(json);
    return true;
  } catch (error) {
    const { problems } = error as { problems: { path: string; message: string }[] };
    return !problems.some((each) => each.path === path && !/, as policy/.test(each.message));
  }
}

const candidates: unknown[] = [
  ...[
    true,
    false,
    0,
    1,
    2,
    3,
    5,
    7,
    20,
    64,
    127,
    128,
    200,
    480,
    3501,
    5060,
    70_000,
    -1,
    1.5,
    null,
    [],
    {},
    ['a'],
    [''],
    [1],
  ],
  ...[
    '',
    '0',
    '1',
    'udp',
    'UDP',
    'host',
    'ipv4',
    'offer',
    'Info',
    'info',
    'both,UEC',
    'a b',
    'a@b:5060',
    'a:5060',
    'a:99999',
  ],
];

describe('the JSON Schema and the reader', () => {
  test.each(settings.map((each): [string, ListedSetting] => [each.path, each]))(
    'agree on %s',
    (pattern, { setting }) => {
      const path = pathOf(pattern);
      for (const value of [...candidates, setting.kind.example, setting.fallback ?? setting.kind.example]) {
        const json = saying(path, value);
        expect([value, validate(json)]).toEqual([value, isTaken(path, json)]);
      }
      expect(accepts(setting.kind, setting.kind.example)).toBe(true);
    },
  );

  test('agree on names and places', () => {
    for (const json of [
      Configuration.fromXml(sampleXml).toJSON(),
      { $schema: 'configuration.schema.json', ...oneLine, unknown: { 'policy.house.rule': ['1', '2'] } },
      { connectivity: [] },
      { connectivity: [{ user: '1' }] },
      { connectivity: [{ user: '1', server: 'a', transport: 'udp' }] },
      { ...oneLine, policy: { sessions: {} } },
      { ...oneLine, policy: { session: { auto_anser: true } } },
      { ...oneLine, proxies: { proxy1: {}, proxy01: {} } },
      { ...oneLine, proxies: { proxy0: { nat: { mailbox: {} } } } },
      { ...oneLine, codecs: { 'opus/48000/2': {} } },
      { ...oneLine, codecs: { 'no codec': {} } },
      { ...oneLine, unknown: { 'policy.house.rule': 1 } },
      { ...oneLine, policy: null },
      { policy: {} },
      'text',
    ]) {
      let taken = true;
      try {
        Configuration.fromJson(json);
      } catch {
        taken = false;
      }
      expect([json, validate(json)]).toEqual([json, taken]);
    }
  });
});

describe('what is written of the settings', () => {
  const read = (path: string) => readFile(new URL(`../../../../${path}`, import.meta.url), 'utf8');
  const again = 'run `node tooling/documentation/settings.mjs`';

  test('docs/settings.md has every setting, its default, its effect and its status', async () => {
    const page = await read('docs/settings.md');
    expect(page, again).toBe(settingsPage());
    const rows = page.split('\n').filter((line) => line.startsWith('| `'));
    expect(rows).toHaveLength(settings.length);
    for (const { path } of settings) expect(rows.filter((row) => row.startsWith(`| \`${path}\``))).toHaveLength(1);
  });

  test('the schema in the package is that of the table', async () => {
    const schema = await read('packages/endpoint/configuration.schema.json');
    expect(schema, again).toBe(`${JSON.stringify(configurationSchema(), null, 2)}\n`);
  });
});

/** Names as they stand in a file of the original, in its headers, and in what is remembered of its documentation. */
const ofTheOriginal = {
  'policy.endpoint': `public_address ip_versions signaling_qos audio_qos video_qos include_os_version_in_user_agent_header sip_port_min sip_port_max
    rtp_port_min rtp_port_max rtp_inactivity_timeout vq_report_publish vq_report_collector webrtc_audio_layer include_sdk_version_in_user_agent_header
    gui_call_lines gui_tabs tcp_port_min tcp_port_max sip_transaction_timeout vq_alarm_threshold answer_sdp_priority refer_to_proxy defer_device_release`,
  'policy.session': `agc_mode dtx_mode vad_level auto_answer auto_accept_video reject_session_when_headset_na sip_code_when_headset_na dtmf_method
    rx_agc_mode echo_control noise_suppression dtmf_feedback callwait_tone_enabled callwait_tone_file ringback_enabled ringback_file ringing_enabled
    ringing_timeout ringing_file ringing_while_call_held restart_audio_if_stuck reject_session_when_busy number_sessions_for_busy sip_code_when_busy`,
  'policy.device': `use_headset headset_name manual_audio_devices_configure audio_in_device audio_out_device ringer_device include_headset
    exclude_headset`,
  'proxies.proxyN': 'reg_timeout reg_interval password display_name reg_match_received_rport',
  'proxies.proxyN.mailbox': 'user server transport timeout password',
  'proxies.proxyN.nat': `ice_enabled stun_server stun_server_port turn_server turn_server_port turn_user_name turn_password turn_relay_type`,
  'system.diagnostics': `logger_type log_file enable_logging log_level log_options_provider log_options_endpoint log_filter log_segment log_expire
    log_time_format`,
  'system.security': 'cert_file tls_enabled use_srtp tls-target-name-check fips_enabled',
  'system.media': 'ringing_file',
};

test.each(Object.entries(ofTheOriginal))('every setting of %s in the original is in the table', (section, names) => {
  const known = new Set(settings.map(({ path }) => path));
  expect(names.split(/\s+/).filter((name) => !known.has(`${section}.${name}`))).toEqual([]);
});
