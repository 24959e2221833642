import { connectivitySettings } from './connectivity-settings';
import { deviceSettings, endpointSettings } from './endpoint-settings';
import { codecPriority, codecSectionSettings, mailboxSettings, natSettings, proxySettings } from './proxy-settings';
import { sessionSettings } from './session-settings';
import type { SectionValues, Setting } from './setting';
import { diagnosticsSettings, mediaSettings, securitySettings } from './system-settings';

/** The sections that have settings of fixed names, as they stand in paths; `proxyN` is `proxy0`, `proxy1`…, one for each line. */
export const sections = {
  'policy.endpoint': endpointSettings,
  'policy.session': sessionSettings,
  'policy.device': deviceSettings,
  'proxies.proxyN': proxySettings,
  'proxies.proxyN.mailbox': mailboxSettings,
  'proxies.proxyN.nat': natSettings,
  'system.diagnostics': diagnosticsSettings,
  'system.security': securitySettings,
  'system.media': mediaSettings,
} as const;

type Sections = typeof sections;
type Names<Section> = keyof Section & string;
type Named<Prefix extends string, Section> = {
  [Name in Names<Section> as `${Prefix}.${Name}`]: ValueOf<Section[Name]>;
};
type ValueOf<Each> = Each extends Setting<infer Value> ? Value : never;

/** The type of each setting's value, by path. */
export type SettingTypes = Named<'policy.endpoint', Sections['policy.endpoint']> &
  Named<'policy.session', Sections['policy.session']> &
  Named<'policy.device', Sections['policy.device']> &
  Named<`proxies.proxy${number}`, Sections['proxies.proxyN']> &
  Named<`proxies.proxy${number}.mailbox`, Sections['proxies.proxyN.mailbox']> &
  Named<`proxies.proxy${number}.nat`, Sections['proxies.proxyN.nat']> &
  Named<'system.diagnostics', Sections['system.diagnostics']> &
  Named<'system.security', Sections['system.security']> &
  Named<'system.media', Sections['system.media']> & {
    [Path in `policy.codecs.${string}`]: number;
  } & {
    [Path in `user:${number}` | `server:${number}`]: string;
  } & {
    [Path in `protocol:${number}`]: ConnectivityValues['protocol'];
  };

/** The path of a setting: `domain.section.setting`, `domain.section.subsection.setting`, or `user:0`, `server:0`, `protocol:0`. */
export type SettingPath = keyof SettingTypes & string;

/** A line: a `Connectivity` element. */
export interface ConnectivityValues extends Pick<SectionValues<typeof connectivitySettings>, 'protocol'> {
  /** Who the line registers as: a number (DN) or name. */
  user: string;
  /** The server: a host, with or without a port. */
  server: string;
}

/** A configuration as JSON: the settings of the original by their names. */
export interface EndpointConfiguration {
  /** Where the JSON Schema is, for editors. */
  $schema?: string;
  /** The lines, at least one; the first belongs to `proxies.proxy0`. */
  connectivity: readonly ConnectivityValues[];
  policy?: {
    endpoint?: SectionValues<Sections['policy.endpoint']>;
    session?: SectionValues<Sections['policy.session']>;
    device?: SectionValues<Sections['policy.device']>;
    /** Priorities, 1 to 127, by `NAME/RATE`. */
    codecs?: Readonly<Record<string, number>>;
  };
  /** A section for each codec, by `NAME/RATE`. */
  codecs?: Readonly<Record<string, SectionValues<typeof codecSectionSettings>>>;
  /** What belongs to each line. */
  proxies?: Readonly<
    Record<
      `proxy${number}`,
      SectionValues<Sections['proxies.proxyN']> & {
        mailbox?: SectionValues<Sections['proxies.proxyN.mailbox']>;
        nat?: SectionValues<Sections['proxies.proxyN.nat']>;
      }
    >
  >;
  system?: {
    diagnostics?: SectionValues<Sections['system.diagnostics']>;
    security?: SectionValues<Sections['system.security']>;
    media?: SectionValues<Sections['system.media']>;
  };
  /** Settings that are not known, by path: kept, and written again. */
  unknown?: Readonly<Record<string, string | readonly string[]>>;
}

/** A setting with where it stands; `N`, `CODEC` and `NAME/RATE` stand for what there may be several of. */
export interface ListedSetting {
  /** Such as `policy.session.auto_answer`, `proxies.proxyN.password`, `user:N`. */
  readonly path: string;
  readonly setting: Setting;
}

const listed = (prefix: string, section: Readonly<Record<string, unknown>>): ListedSetting[] =>
  Object.entries(section).map(([name, setting]) => ({ path: `${prefix}${name}`, setting: setting as Setting }));

/** Every setting there is, in the order of the documentation. */
export const settings: readonly ListedSetting[] = [
  ...Object.entries(connectivitySettings).map(([name, setting]) => ({
    path: `${name}:N`,
    setting: setting as Setting,
  })),
  ...Object.entries(sections).flatMap(([prefix, section]) => listed(`${prefix}.`, section)),
  { path: 'policy.codecs.NAME/RATE', setting: codecPriority as Setting },
  ...listed('codecs.CODEC.', codecSectionSettings),
];

const byPath = new Map(settings.map(({ path, setting }) => [path, setting]));

/** @internal The setting of a listed path. */
export const settingAt = (path: string): Setting | undefined => byPath.get(path);

/** @internal Paths of settings by what other products call them, for the first line. */
export const aliases: ReadonlyMap<string, string> = new Map(
  settings.flatMap(({ path, setting }) => (setting.alias === undefined ? [] : [[setting.alias, path] as const])),
);
