import type { Document, Element, Node } from '@xmldom/xmldom';

const ELEMENT = 1;
const TEXT = 3;

/** @internal Elements right below a node, by local name; names are compared without namespaces, as files differ there. */
export function childrenOf(parent: Node, name?: string): Element[] {
  const found: Element[] = [];
  for (let node = parent.firstChild; node; node = node.nextSibling) {
    if (node.nodeType === ELEMENT && (name === undefined || (node as Element).localName === name))
      found.push(node as Element);
  }
  return found;
}

/** @internal The child of a name whose attribute `name` has this value. */
export const childNamed = (parent: Node, element: string, name: string): Element | undefined =>
  childrenOf(parent, element).find((each) => each.getAttribute('name') === name);

/** @internal Line of the file, from 1. */
export const lineOf = (node: Node): number | undefined => (node as { lineNumber?: number }).lineNumber;

const INDENT = '  ';

/** White space between the element before a node and the node. */
function marginOf(node: Node): string | undefined {
  const before = node.previousSibling;
  if (before?.nodeType !== TEXT || !/^\s*$/.test(before.nodeValue ?? '')) return undefined;
  return /\n[^\n]*$/.exec(before.nodeValue ?? '')?.[0];
}

/** @internal Adds an element, `after` a sibling or behind all others, on a line of its own where the file has such lines. */
export function appendElement(parent: Element, child: Element, after?: Element): void {
  const document = parent.ownerDocument as Document;
  const last = after ?? childrenOf(parent).at(-1);
  if (last) {
    const next = last.nextSibling;
    const margin = marginOf(last);
    if (margin !== undefined) parent.insertBefore(document.createTextNode(margin), next);
    parent.insertBefore(child, next);
    return;
  }
  const margin = marginOf(parent) ?? '\n';
  // What white space an empty element has would stand in the way.
  while (parent.lastChild?.nodeType === TEXT) parent.removeChild(parent.lastChild);
  parent.appendChild(document.createTextNode(margin + INDENT));
  parent.appendChild(child);
  parent.appendChild(document.createTextNode(margin));
}

/** @internal Takes an element away, with the line it stood on. */
export function removeElement(element: Element): void {
  const before = element.previousSibling;
  if (before && marginOf(element) !== undefined) element.parentNode?.removeChild(before);
  element.parentNode?.removeChild(element);
}
