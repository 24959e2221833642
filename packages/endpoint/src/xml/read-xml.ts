import { DOMParser, type Element, type Node, onWarningStopParsing } from '@xmldom/xmldom';

/** Longest document that is read, in characters. */
const LONGEST = 1_000_000;

/** A document cannot be read. */
export class XmlError extends Error {
  override readonly name = 'XmlError';
}

/**
 * The root element of a document.
 *
 * @throws XmlError when it is not well-formed, too long, or declares a document type: nothing that comes from a network needs one, and entities
 *   are a way to make a small document large
 */
export function readXml(text: string): Element {
  if (text.length > LONGEST) throw new XmlError('The document is too long.');
  if (/<!DOCTYPE/i.test(text)) throw new XmlError('A document type is not taken.');
  try {
    const root = new DOMParser({ onError: onWarningStopParsing }).parseFromString(
      text.trim(),
      'text/xml',
    ).documentElement;
    if (root) return root;
  } catch (cause) {
    throw new XmlError(`The document is not well-formed: ${(cause as Error).message}`, { cause });
  }
  throw new XmlError('The document has no element.');
}

/** The child elements of a name, whatever their namespace. */
export function children(parent: Element, name: string): Element[] {
  return [...elements(parent)].filter((child) => child.localName === name);
}

/** The first child element of a name. */
export function child(parent: Element | undefined, name: string): Element | undefined {
  return parent && children(parent, name)[0];
}

/** The text in an element, trimmed; undefined when there is none. */
export function textOf(element: Element | undefined): string | undefined {
  const text = element?.textContent?.trim();
  return text === undefined || text === '' ? undefined : text;
}

/** An attribute; undefined when it is not there. */
export function attribute(element: Element, name: string): string | undefined {
  return element.getAttribute(name) ?? undefined;
}

function* elements(parent: Element): Iterable<Element> {
  for (let node: Node | null = parent.firstChild; node; node = node.nextSibling) {
    if (node.nodeType === 1) yield node as Element;
  }
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** A text as it stands in a document. */
export const escapeXml = (text: string): string => text.replace(/[&<>"']/g, (sign) => ENTITIES[sign]!);
