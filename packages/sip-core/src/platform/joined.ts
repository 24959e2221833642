/**
 * A key made of parts, with a space between them. It is one piece of text, where a template would keep its parts alive, and
 * with a part that was cut out of a message the text of the whole message.
 */
export const joined = (...parts: readonly (string | number)[]): string => parts.join(' ');
