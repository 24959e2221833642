import { DOMParser, type Document, type Element } from '@xmldom/xmldom';
import { ConfigurationError, problem } from '../configuration-error';
import { Intake } from '../intake';
import { type Place, placeOf, placeOfParts } from '../path';
import { childrenOf, lineOf } from './elements';

/** Longest file that is read, in characters. */
const LONGEST = 1_000_000;
const ROOT = 'an XML file whose root is SipEndpoint';

/**
 * @internal Reads the text of a file.
 *
 * @throws ConfigurationError when it is no XML, has a document type, or another root
 */
export function parseXml(text: string): Document {
  if (text.length > LONGEST) throw notXml(`is too long: ${text.length} characters`, undefined, `${LONGEST} at most`);
  let fault: ConfigurationError | undefined;
  const parser = new DOMParser({
    // What follows from the first fault helps nobody.
    onError: (_level, message, context: { locator?: { lineNumber?: number } } | undefined) => {
      fault = notXml(`is no XML: ${message.split('\n')[0]}`, context?.locator?.lineNumber);
      throw fault;
    },
  });
  let document: Document;
  try {
    document = parser.parseFromString(text.replace(/^\uFEFF/, ''), 'text/xml');
  } catch (error) {
    throw fault ?? notXml(`is no XML: ${error instanceof Error ? error.message : error}`);
  }
  const root = document.documentElement!;
  const what = document.doctype
    ? 'a document type is not allowed'
    : root.localName === 'SipEndpoint'
      ? undefined
      : `the root is ${root.nodeName}`;
  if (what !== undefined) throw new ConfigurationError([problem('', undefined, ROOT, lineOf(root), what)]);
  return document;
}

const notXml = (what: string, line?: number, allowed = 'well-formed XML'): ConfigurationError =>
  new ConfigurationError([problem('', undefined, allowed, line || undefined, what)]);

/** @internal Gathers what a document says. */
export function readDocument(document: Document): Intake {
  const intake = new Intake();
  const root = document.documentElement!;
  for (const container of childrenOf(root, 'Container')) {
    const name = container.getAttribute('name');
    if (name === 'Basic') readBasic(container, intake);
    else if (name === 'Genesys')
      for (const settings of childrenOf(container, 'settings')) readDomains(settings, intake);
  }
  return intake;
}

function readBasic(container: Element, intake: Intake): void {
  for (const [index, element] of childrenOf(container, 'Connectivity').entries()) {
    for (const attribute of ['user', 'server', 'protocol', 'transport']) {
      const text = element.getAttribute(attribute);
      if (text !== null) intake.text(placeOf(`${attribute}:${index}`)!, text, lineOf(element));
    }
    // Told as missing, where the element stands.
    for (const attribute of ['user', 'server']) {
      const path = `${attribute}:${index}`;
      if (!intake.lines.has(path)) intake.lines.set(path, lineOf(element) ?? 0);
    }
    if (!element.hasAttribute('user') && !element.hasAttribute('server')) intake.emptyLine(index);
  }
}

function readDomains(settings: Element, intake: Intake): void {
  for (const domain of childrenOf(settings, 'domain')) {
    const name = nameOf(domain, 'domain', intake);
    if (name === undefined) continue;
    readSettings(domain, [name], intake);
    for (const section of childrenOf(domain, 'section')) readSection(section, [name], intake);
  }
}

function readSection(section: Element, parents: readonly string[], intake: Intake): void {
  const name = nameOf(section, 'section', intake);
  if (name === undefined) return;
  const path = [...parents, name];
  readSettings(section, path, intake);
  for (const nested of childrenOf(section, 'section')) readSection(nested, path, intake);
  // In `codecs` a section alone names a codec.
  const enabled = placeOfParts([...path, 'enabled']);
  if (
    parents[0] === 'codecs' &&
    enabled.setting &&
    !intake.values.has(enabled.path) &&
    !intake.lines.has(enabled.path)
  ) {
    intake.text(enabled, '1', lineOf(section));
  }
}

function readSettings(parent: Element, path: readonly string[], intake: Intake): void {
  for (const element of childrenOf(parent, 'setting')) {
    const name = nameOf(element, 'setting', intake);
    if (name === undefined) continue;
    const place = placeOfParts([...path, name]);
    const value = element.getAttribute('value');
    if (value !== null) intake.text(place, value, lineOf(element));
    else intake.problems.push(withoutValue(place, lineOf(element)));
  }
}

const withoutValue = ({ path, setting }: Place, line: number | undefined) =>
  problem(path, undefined, setting?.kind.allowed ?? 'an attribute `value`', line, 'has no attribute `value`');

function nameOf(element: Element, what: string, intake: Intake): string | undefined {
  const name = element.getAttribute('name');
  if (name) return name;
  intake.problems.push(problem('', undefined, 'an attribute `name`', lineOf(element), `a ${what} has no name`));
  return undefined;
}
