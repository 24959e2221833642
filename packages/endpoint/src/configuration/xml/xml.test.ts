import { describe, expect, test } from 'vitest';
import { Configuration } from '../configuration';
import { oneLine, sampleXml } from '../testing/sample';

describe('a file that is read and written', () => {
  test('is the same, with its comments, its order and what is not known', () => {
    expect(Configuration.fromXml(sampleXml).toXml()).toBe(sampleXml);
  });

  test('keeps its line ends, and does without a byte order mark', () => {
    const windows = sampleXml.replaceAll('\n', '\r\n');
    expect(Configuration.fromXml(`\uFEFF${windows}`).toXml()).toBe(windows);
  });

  test('changes only in the lines of what was set', () => {
    const configuration = Configuration.fromXml(sampleXml);
    configuration.set('policy.session.auto_answer', true);
    configuration.set('server:1', 'sip3.example.com');
    configuration.set('policy.codecs.PCMA/8000', 8);
    const before = sampleXml.split('\n');
    const after = configuration.toXml().split('\n');
    expect(after).toHaveLength(before.length);
    expect(after.filter((line, index) => line !== before[index])).toEqual([
      '    <Connectivity user="1001" server="sip3.example.com" protocol="tcp"/>',
      '          <setting name="auto_answer" value="1"/>',
      '          <setting name="PCMA/8000" value="8"/>',
    ]);
  });

  test('gets new settings where their section is, and new sections where it is not', () => {
    const configuration = Configuration.fromXml(sampleXml);
    configuration.set('proxies.proxy0.display_name', 'Alice & "Bob" <x>');
    configuration.set('proxies.proxy1.nat.ice_enabled', true);
    configuration.set('system.media.ringing_file', 'ring.wav');
    const xml = configuration.toXml();
    expect(xml).toContain(`          <setting name="password" value="secret"/>
          <setting name="display_name" value="Alice &amp; &quot;Bob&quot; &lt;x&gt;"/>
          <section name="mailbox">`);
    expect(xml).toContain(`        <section name="proxy1">
          <section name="nat">
            <setting name="ice_enabled" value="1"/>
          </section>
        </section>
      </domain>`);
    expect(xml).toContain(`        <section name="media">
          <setting name="ringing_file" value="ring.wav"/>
        </section>
      </domain>
    </settings>`);
    expect(Configuration.fromXml(xml).toJSON()).toEqual(configuration.toJSON());
  });

  test('loses what was taken away, with its line', () => {
    const configuration = Configuration.fromXml(sampleXml);
    configuration.set('policy.endpoint.rtp_port_max', undefined);
    configuration.apply({ 'user:1': undefined, 'server:1': undefined, 'protocol:1': undefined });
    const gone = ['sip2.example.com', 'rtp_port_max'];
    const expected = sampleXml.split('\n').filter((line) => !gone.some((each) => line.includes(each)));
    expect(configuration.toXml()).toBe(expected.join('\n'));
  });

  test('has a list as a setting for each of its values, in their order', () => {
    const configuration = Configuration.fromXml(sampleXml);
    expect(configuration.get('policy.device.headset_name')).toEqual(['Jabra.*', 'Plantronics']);
    configuration.set('policy.device.headset_name', ['A', 'B', 'C']);
    expect(configuration.toXml()).toContain(`          <setting name="headset_name" value="A"/>
          <setting name="headset_name" value="B"/>
          <setting name="headset_name" value="C"/>
        </section>`);
    configuration.set('policy.device.headset_name', []);
    expect(configuration.toXml()).not.toContain('headset_name');
  });

  test('may have prefixes, or no namespaces', () => {
    const prefixed = `<s:SipEndpoint xmlns:s="http://schemas.genesyslab.com/2009/sipendpoint"><s:Container name="Basic"><s:Connectivity user="1" server="a" transport="tls"/></s:Container></s:SipEndpoint>`;
    const configuration = Configuration.fromXml(prefixed);
    expect(configuration.get('protocol:0')).toBe('tls');
    configuration.set('policy.session.auto_answer', true);
    expect(Configuration.fromXml(configuration.toXml()).get('policy.session.auto_answer')).toBe(true);
    const bare = Configuration.fromXml(prefixed.replace(/ xmlns:s="[^"]*"/, '').replaceAll('s:', ''));
    expect(bare.get('user:0')).toBe('1');
  });
});

describe('a file that is made of nothing', () => {
  test('has what was said in JSON, and says it again', () => {
    const json = Configuration.fromXml(sampleXml).toJSON();
    const made = Configuration.fromJson(json).toXml();
    expect(made).toContain('<Connectivity user="1001" server="sip1.example.com:5060" protocol="udp"/>');
    expect(made).toContain('<setting name="house_rule" value="a &amp; &quot;b&quot;"/>');
    expect(Configuration.fromXml(made).toJSON()).toEqual(json);
    expect(Configuration.fromXml(made).toXml()).toBe(made);
  });

  test('is as short as it can be', () => {
    expect(Configuration.fromJson(oneLine).toXml()).toBe(`<?xml version="1.0" encoding="utf-8"?>
<SipEndpoint xmlns="http://schemas.genesyslab.com/2009/sipendpoint">
  <Container name="Basic">
    <Connectivity user="1001" server="192.0.2.1"/>
  </Container>
  <Container name="Genesys">
    <settings xmlns="http://www.genesyslab.com/sip">
    </settings>
  </Container>
</SipEndpoint>
`);
  });
});

describe('sections of codecs', () => {
  const xml = sampleXml
    .replace(/ *<section name="codecs">.*?<\/section>\n/s, '')
    .replace(
      '<domain name="proxies">',
      '<domain name="codecs">\n<section name="opus/48000/2"/>\n<section name="PCMU/8000"><setting name="enabled" value="0"/></section>\n</domain>\n      $&',
    );

  test('count without a setting in them, and stay as they are', () => {
    const configuration = Configuration.fromXml(xml);
    expect(configuration.get('codecs.opus/48000/2.enabled')).toBe(true);
    expect(configuration.get('codecs.PCMU/8000.enabled')).toBe(false);
    expect(configuration.toXml()).toBe(xml);
  });
});

describe('what is no such file', () => {
  const refuse = (xml: string) => {
    try {
      Configuration.fromXml(xml);
    } catch (error) {
      return error;
    }
    return undefined;
  };

  test.each([
    ['', /^is no XML: /],
    ['phone', /^is no XML: /],
    ['<SipEndpoint>\n<Container></SipEndpoint>', /^line \d: is no XML: .*; give well-formed XML\.$/],
    ['<SipEndpoint a=1/>', /^line 1: is no XML: /],
    ['<SipEndpoint/><SipEndpoint/>', /^(?:line \d: )?is no XML: /],
    ['<!DOCTYPE x [<!ENTITY a "b">]><SipEndpoint/>', /document type is not allowed/],
    ['<phone/>', /^line 1: the root is phone; give an XML file whose root is SipEndpoint\.$/],
  ])('%j', (xml, message) => {
    expect(refuse(xml)).toMatchObject({
      code: 'ERR_CONFIGURATION',
      problems: [{ path: '', message: expect.stringMatching(message) }],
    });
  });

  test('entities are not expanded a million times', () => {
    const bomb = `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><SipEndpoint>&b;</SipEndpoint>`;
    expect(refuse(bomb)).toMatchObject({ code: 'ERR_CONFIGURATION' });
  });
});
