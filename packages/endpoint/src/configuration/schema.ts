import { connectivitySettings } from './settings/connectivity-settings';
import { codecPriority, codecSectionSettings } from './settings/proxy-settings';
import type { Setting } from './settings/setting';
import { sections } from './settings/table';
import { schemaOf } from './settings/value-kind';

type Schema = Record<string, unknown>;

const CODEC = '^[A-Za-z0-9][A-Za-z0-9_-]*(?:/[0-9]+){0,2}$';

/**
 * The JSON Schema (draft 2020-12) of an `EndpointConfiguration`; also in the package, as `@offhook/endpoint/configuration.schema.json`. What no
 * schema can say, such as that a range does not end before it begins, is left to `Configuration.fromJson()`.
 */
export function configurationSchema(): Record<string, unknown> {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: 'https://unpkg.com/@offhook/endpoint/configuration.schema.json',
    title: 'Configuration of an Offhook endpoint',
    ...object(
      {
        $schema: { type: 'string' },
        connectivity: {
          type: 'array',
          minItems: 1,
          description: 'The lines; the first belongs to proxies.proxy0.',
          items: { ...sectionSchema(connectivitySettings), required: ['user', 'server'] },
        },
        policy: object({
          endpoint: sectionSchema(sections['policy.endpoint']),
          session: sectionSchema(sections['policy.session']),
          device: sectionSchema(sections['policy.device']),
          codecs: byName(CODEC, settingSchema(codecPriority)),
        }),
        codecs: byName(CODEC, sectionSchema(codecSectionSettings)),
        proxies: byName(
          '^proxy(?:0|[1-9][0-9]{0,2})$',
          sectionSchema(sections['proxies.proxyN'], {
            mailbox: sectionSchema(sections['proxies.proxyN.mailbox']),
            nat: sectionSchema(sections['proxies.proxyN.nat']),
          }),
        ),
        system: object({
          diagnostics: sectionSchema(sections['system.diagnostics']),
          security: sectionSchema(sections['system.security']),
          media: sectionSchema(sections['system.media']),
        }),
        unknown: {
          type: 'object',
          description: 'Settings that are not known, by path: kept, and written again.',
          additionalProperties: {
            anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' }, minItems: 1 }],
          },
        },
      },
      ['connectivity'],
    ),
  };
}

const object = (properties: Schema, required: readonly string[] = []): Schema => ({
  type: 'object',
  properties,
  ...(required.length > 0 && { required }),
  additionalProperties: false,
});

const byName = (pattern: string, schema: Schema): Schema => ({
  type: 'object',
  patternProperties: { [pattern]: schema },
  additionalProperties: false,
});

function sectionSchema(section: object, nested: Schema = {}): Schema {
  const own = Object.entries(section).map(([name, setting]) => [name, settingSchema(setting as Setting)]);
  return object({ ...Object.fromEntries(own), ...nested });
}

function settingSchema({ kind, fallback, meaning, status, reason }: Setting): Schema {
  const note = status === 'honoured' ? '' : ` (${status}: ${reason})`;
  return {
    description: `${meaning}${note}`,
    ...schemaOf(kind),
    ...(fallback !== undefined && { default: fallback }),
  };
}
