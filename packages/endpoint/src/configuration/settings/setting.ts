import type { ValueKind } from './value-kind';

/** When a changed setting begins to count. */
export type EffectTime = 'immediately' | 'next call' | 'next registration' | 'next start';

/**
 * What becomes of a setting:
 *
 * - `honoured`: `endpointOptions()` makes it an option of the endpoint or of a line, which does what it says;
 * - `handed-over`: it is read, checked and given by `endpointOptions()` as a typed value in `further`; whoever has the device, the screen or
 *   the log file acts on it;
 * - `unsupported`: it is kept and written again, and nothing comes of it.
 */
export type SettingStatus = 'honoured' | 'handed-over' | 'unsupported';

/**
 * How well a setting is known: `seen` in a file or a framework header of the original, `recalled` from its documentation, `header`: seen in the
 * framework's headers, without a name in the file, so that the name is ours; `ours`: the original has none.
 */
export type SettingOrigin = 'seen' | 'recalled' | 'header' | 'ours';

/** All there is to know of a setting. */
export interface Setting<Value = unknown> {
  /** What values it takes. */
  readonly kind: ValueKind<Value>;
  /** What counts when nothing is said; undefined: nothing. */
  readonly fallback: Value | undefined;
  /** What it is for. */
  readonly meaning: string;
  /** When the original takes a change over. Its per-setting list is not public: this is our reading. */
  readonly original: EffectTime;
  /** When a change counts here. */
  readonly effect: EffectTime;
  readonly status: SettingStatus;
  /** Why it is not honoured; or where honouring it differs from the original. */
  readonly reason?: string;
  readonly origin: SettingOrigin;
  /** What other products call it. */
  readonly alias?: string;
}

/** @internal What differs from most settings. */
export interface SettingDetails<Value> {
  fallback?: Value;
  original?: EffectTime;
  effect?: EffectTime;
  origin?: SettingOrigin;
  alias?: string;
}

const complete = <Value>(
  kind: ValueKind<Value>,
  meaning: string,
  status: SettingStatus,
  reason: string | undefined,
  { fallback, original = 'next call', effect, origin = 'seen', alias }: SettingDetails<Value>,
): Setting<Value> => ({
  kind,
  fallback,
  meaning,
  original,
  // Who acts on a setting that is handed over hears of a change at once.
  effect: effect ?? (status === 'honoured' ? 'next start' : original),
  status,
  ...(reason !== undefined && { reason }),
  origin,
  ...(alias !== undefined && { alias }),
});

/** @internal */
export const honoured = <Value>(
  kind: ValueKind<Value>,
  meaning: string,
  { reason, ...details }: SettingDetails<NoInfer<Value>> & { reason?: string } = {},
): Setting<Value> => complete(kind, meaning, 'honoured', reason, details);

/** @internal */
export const handedOver = <Value>(
  kind: ValueKind<Value>,
  meaning: string,
  reason: string,
  details: SettingDetails<NoInfer<Value>> = {},
): Setting<Value> => complete(kind, meaning, 'handed-over', reason, details);

/** @internal */
export const unsupported = <Value>(
  kind: ValueKind<Value>,
  meaning: string,
  reason: string,
  details: SettingDetails<NoInfer<Value>> = {},
): Setting<Value> => complete(kind, meaning, 'unsupported', reason, details);

/** The values of a section, by the names of its settings. */
export type SectionValues<Section> = {
  [Name in keyof Section]?: Section[Name] extends Setting<infer Value> ? Value : never;
};
