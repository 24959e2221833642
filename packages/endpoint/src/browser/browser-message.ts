/**
 * What a page and its endpoint say to each other about audio; as JSON over whatever connects them, such as a WebSocket. The
 * page offers, whenever it has loaded or lost its way, and the endpoint answers.
 */
export type BrowserMessage =
  | { readonly type: 'offer'; readonly sdp: string }
  | { readonly type: 'answer'; readonly sdp: string }
  | { readonly type: 'refused'; readonly reason: string };

/** @returns the message, or undefined when it is none */
export function readBrowserMessage(value: unknown): BrowserMessage | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { type, sdp, reason } = value as Record<string, unknown>;
  if ((type === 'offer' || type === 'answer') && typeof sdp === 'string') return { type, sdp };
  return type === 'refused' && typeof reason === 'string' ? { type, reason } : undefined;
}
