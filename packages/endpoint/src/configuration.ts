export {
  Configuration,
  type ConfigurationChange,
  type ConfigurationEvents,
  type ConfigurationNotice,
  type SettingChanges,
} from './configuration/configuration';
export { ConfigurationError, type ConfigurationProblem } from './configuration/configuration-error';
export { loadConfiguration } from './configuration/load';
export {
  type ConfiguredEndpoint,
  type ConfiguredEndpointOptions,
  configuredEndpoint,
} from './configuration/mapping/configured-endpoint';
export type { ConnectedLine, MessagesListener } from './configuration/mapping/configured-lines';
export { devicePreferences } from './configuration/mapping/device-preferences';
export { type ConfiguredOptions, endpointOptions } from './configuration/mapping/endpoint-options';
export type { ConfigurationEnvironment, LocalAddress } from './configuration/mapping/environment';
export type {
  DeviceSettings,
  DisplaySettings,
  FurtherSettings,
  LoggingSettings,
  ToneSettings,
  VoiceSettings,
} from './configuration/mapping/further-settings';
export type { ConfiguredLine, MailboxSettings } from './configuration/mapping/lines';
export { logFilesOptions } from './configuration/mapping/log-choice';
export { configurationSchema } from './configuration/schema';
export type {
  EffectTime,
  SectionValues,
  Setting,
  SettingOrigin,
  SettingStatus,
} from './configuration/settings/setting';
export {
  type ConnectivityValues,
  type EndpointConfiguration,
  type ListedSetting,
  type SettingPath,
  type SettingTypes,
  settings,
} from './configuration/settings/table';
export type { SettingValue, ValueKind } from './configuration/settings/value-kind';
