import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Configuration } from '../configuration';
import { ConfigurationError } from '../configuration-error';
import { sampleXml } from '../testing/sample';

/** A configuration, or the error that says what is wrong; anything else that is thrown breaks the test. */
function read(xml: string): Configuration | undefined {
  try {
    return Configuration.fromXml(xml);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    expect((error as ConfigurationError).problems.length).toBeGreaterThan(0);
    return undefined;
  }
}

/** What can be done to a file: a piece is cut out, repeated, or something else comes in its place. */
const edit = fc.record({
  at: fc.nat(sampleXml.length),
  length: fc.nat(60),
  by: fc.oneof(
    fc.constantFrom('', '<', '>', '&', '"', '/>', '&#0;', '<!--', ']]>', '<setting name="auto_answer" value="1"/>'),
    fc.constantFrom('__proto__', 'constructor', 'value=""', 'name=""', '\0', '\u{1f4de}', '<![CDATA[', '<?x'),
    fc.string({ maxLength: 8 }),
  ),
});

test('whatever is done to a file, it is read and written the same, or refused by a ConfigurationError', () => {
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
      const xml = edits.reduce(
        (text, { at, length, by }) => text.slice(0, at) + by + text.slice(at + length),
        sampleXml,
      );
      const configuration = read(xml);
      if (!configuration) return;
      const written = configuration.toXml();
      const again = Configuration.fromXml(written);
      expect(again.toJSON()).toEqual(configuration.toJSON());
      expect(again.toXml()).toBe(written);
    }),
    { numRuns: 400, seed: 20_261_123 },
  );
});

test('values of any text come back from XML and from JSON', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 20 }).map((each) => each.replace(/[^\P{C}]/gu, '').trim());
  fc.assert(
    fc.property(text, fc.array(text, { maxLength: 3 }), (name, headsets) => {
      const configuration = Configuration.fromXml(sampleXml);
      const names = headsets.filter((each) => each !== '');
      configuration.apply({
        'proxies.proxy0.display_name': name,
        'policy.device.headset_name': names,
      });
      const fromXml = Configuration.fromXml(configuration.toXml());
      expect(fromXml.get('proxies.proxy0.display_name') ?? '').toBe(name);
      expect(fromXml.get('policy.device.headset_name') ?? []).toEqual(names);
      const fromJson = Configuration.fromJson(JSON.parse(JSON.stringify(configuration)));
      expect(fromJson.toJSON()).toEqual(configuration.toJSON());
    }),
    { numRuns: 200, seed: 7 },
  );
});

test('a megabyte of nonsense is refused in no time', () => {
  const started = performance.now();
  for (const xml of ['<'.repeat(1_000_000), '<a>'.repeat(300_000), 'x'.repeat(1_000_001)]) read(xml);
  expect(performance.now() - started).toBeLessThan(15_000);
});
