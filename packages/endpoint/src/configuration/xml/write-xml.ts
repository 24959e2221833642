import { DOMParser, type Document, type Element, XMLSerializer } from '@xmldom/xmldom';
import { type SettingValue, writeText } from '../settings/value-kind';
import { countLines, type Settled } from '../settled';
import { appendElement, childNamed, childrenOf, removeElement } from './elements';
import { readDocument } from './read-xml';

const SKELETON = `<?xml version="1.0" encoding="utf-8"?>
<SipEndpoint xmlns="http://schemas.genesyslab.com/2009/sipendpoint">
  <Container name="Basic">
  </Container>
  <Container name="Genesys">
    <settings xmlns="http://www.genesyslab.com/sip">
    </settings>
  </Container>
</SipEndpoint>
`;

/**
 * @internal Writes settings as XML: into a copy of the document they came from, so that its comments, order and unknown elements stay, or into
 * a new one. Only what differs is touched.
 */
export function writeXml(settled: Pick<Settled, 'values' | 'unknown'>, source?: Document): string {
  const document = source
    ? (source.cloneNode(true) as Document)
    : new DOMParser().parseFromString(SKELETON, 'text/xml');
  const before = readDocument(document);
  const writer = new Writer(document);
  writer.lines(settled.values, before.values);
  for (const path of before.values.keys()) if (!settled.values.has(path)) writer.settle(path, []);
  for (const path of before.unknown.keys()) if (!settled.unknown.has(path)) writer.settle(path, []);
  for (const [path, value] of settled.values) {
    if (!same(value, before.values.get(path))) writer.settle(path, writeText(value));
  }
  for (const [path, texts] of settled.unknown) {
    if (!same(texts, before.unknown.get(path))) writer.settle(path, texts);
  }
  const text = new XMLSerializer().serializeToString(document);
  return text.endsWith('\n') ? text : `${text}\n`;
}

const same = (a: SettingValue, b: SettingValue | undefined): boolean => JSON.stringify(a) === JSON.stringify(b);

class Writer {
  readonly #document: Document;

  constructor(document: Document) {
    this.#document = document;
  }

  /** Takes lines away that are no more, and makes those that are new. */
  lines(now: ReadonlyMap<string, SettingValue>, before: ReadonlyMap<string, SettingValue>): void {
    const container = this.#container('Basic');
    for (const element of childrenOf(container, 'Connectivity').slice(countLines(now))) removeElement(element);
    for (let line = countLines(before); line < countLines(now); line++) {
      appendElement(container, this.#create(container, 'Connectivity'));
    }
  }

  /** Gives a setting these texts; none takes it away. */
  settle(path: string, texts: readonly string[]): void {
    const [attribute = '', line] = path.split(':');
    if (line === undefined) this.#setting(path.split('.'), texts);
    else this.#attribute(attribute, Number(line), texts[0]);
  }

  #attribute(name: string, line: number, text: string | undefined): void {
    const element = childrenOf(this.#container('Basic'), 'Connectivity')[line];
    if (!element) return;
    if (name === 'protocol') element.removeAttribute('transport');
    if (text === undefined) element.removeAttribute(name);
    else element.setAttribute(name, text);
  }

  #setting(parts: readonly string[], texts: readonly string[]): void {
    const [domain = '', ...rest] = parts;
    const name = rest.pop()!;
    let parent = this.#named(this.#settings(), 'domain', domain);
    for (const section of rest) parent = this.#named(parent, 'section', section);
    const elements = childrenOf(parent, 'setting').filter((each) => each.getAttribute('name') === name);
    for (const [index, text] of texts.entries()) {
      const element = elements[index] ?? this.#addSetting(parent, name, elements[index - 1]);
      element.setAttribute('value', text);
      elements[index] = element;
    }
    for (const element of elements.slice(texts.length)) removeElement(element);
  }

  #addSetting(parent: Element, name: string, after: Element | undefined): Element {
    const element = this.#create(parent, 'setting');
    element.setAttribute('name', name);
    // Before a subsection, not behind it.
    appendElement(parent, element, after ?? childrenOf(parent, 'setting').at(-1));
    return element;
  }

  #container(name: string): Element {
    const root = this.#document.documentElement!;
    return this.#named(root, 'Container', name);
  }

  #settings(): Element {
    const container = this.#container('Genesys');
    const [settings] = childrenOf(container, 'settings');
    if (settings) return settings;
    const made = this.#document.createElementNS('http://www.genesyslab.com/sip', 'settings');
    appendElement(container, made);
    return made;
  }

  #named(parent: Element, element: string, name: string): Element {
    const found = childNamed(parent, element, name);
    if (found) return found;
    const made = this.#create(parent, element);
    made.setAttribute('name', name);
    appendElement(parent, made);
    return made;
  }

  #create(parent: Element, name: string): Element {
    const prefix = parent.prefix ? `${parent.prefix}:` : '';
    return this.#document.createElementNS(parent.namespaceURI, `${prefix}${name}`);
  }
}
