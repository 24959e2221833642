import type { MediaDescription, SessionDescription } from './session-description';

/** Attribute lines as they were written, by the section they stand in: the parser keeps only the last of some. */
const written = new WeakMap<object, readonly string[]>();

/** Notes the `a=` lines of a description and its media sections. @internal */
export function noteAttributes(description: SessionDescription, lines: readonly string[]): void {
  let current: string[] = [];
  const sections = [current];
  for (const line of lines) {
    if (line.startsWith('m=')) {
      current = [];
      sections.push(current);
    } else if (line.startsWith('a=')) current.push(line.slice(2).trim());
  }
  written.set(description, sections[0]!);
  for (const [index, media] of description.media.entries()) written.set(media, sections[index + 1] ?? []);
}

/**
 * The values of an attribute in a section, without its name, as they were written; an empty text for an attribute without a value.
 * Only for sections that were read from a text.
 */
export function attributeValues(section: SessionDescription | MediaDescription, name: string): string[] {
  const values: string[] = [];
  for (const line of written.get(section) ?? []) {
    if (line === name) values.push('');
    else if (line.startsWith(`${name}:`)) values.push(line.slice(name.length + 1).trim());
  }
  return values;
}

/** Whether a section has an attribute, with a value or without. */
export const hasAttribute = (section: SessionDescription | MediaDescription, name: string): boolean =>
  attributeValues(section, name).length > 0;
