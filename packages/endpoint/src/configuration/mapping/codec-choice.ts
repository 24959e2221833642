import type { CodecRegistry } from '@offhook/codecs';
import type { Configuration } from '../configuration';
import { ConfigurationError, problem } from '../configuration-error';

/** @internal Codecs that a configuration names. */
export interface CodecChoice {
  /** Those there are, the preferred first; undefined: none is named. */
  readonly codecs: readonly string[] | undefined;
  /** Those there are not. */
  readonly leftOut: readonly string[];
}

const PRIORITIES = 'policy.codecs.';
const SECTION = /^codecs\.(.+)\.enabled$/;

/**
 * @internal
 * @throws ConfigurationError when there is none of the codecs
 */
export function chooseCodecs(configuration: Configuration, registry: CodecRegistry): CodecChoice {
  const named = byPriority(configuration) ?? bySection(configuration);
  if (named === undefined) return { codecs: undefined, leftOut: [] };
  const codecs: string[] = [];
  const leftOut: string[] = [];
  for (const name of named) {
    const codec = find(registry, name);
    if (codec === undefined) leftOut.push(name);
    else if (!codecs.includes(codec)) codecs.push(codec);
  }
  if (codecs.length > 0) return { codecs, leftOut };
  const known = registry.all().map(({ name, clockRate }) => `${name}/${clockRate}`);
  throw new ConfigurationError([problem('policy.codecs', named.join(', '), `at least one of ${known.join(', ')}`)]);
}

function byPriority(configuration: Configuration): string[] | undefined {
  const priorities: [name: string, priority: number][] = [];
  for (const [path, value] of configuration.entries()) {
    if (path.startsWith(PRIORITIES)) priorities.push([path.slice(PRIORITIES.length), value as number]);
  }
  if (priorities.length === 0) return undefined;
  return priorities.sort(([, a], [, b]) => b - a).map(([name]) => name);
}

function bySection(configuration: Configuration): string[] | undefined {
  const names: string[] = [];
  for (const [path, value] of configuration.entries()) {
    const name = SECTION.exec(path)?.[1];
    if (name !== undefined && value === true) names.push(name);
  }
  return names.length === 0 ? undefined : names;
}

/** As the registry has it. G.722 says 8000 in session descriptions though it samples at 16000 (RFC 3551 §4.5.2): both are heard of here. */
function find(registry: CodecRegistry, text: string): string | undefined {
  const [name = '', rate, channels] = text.split('/');
  const clockRate = rate === undefined ? undefined : Number(/^g722$/i.test(name) ? 8000 : rate);
  const codec = registry.get(name, clockRate, channels === undefined ? undefined : Number(channels));
  if (!codec) return undefined;
  const usual = `${codec.name}/${codec.clockRate}`;
  return registry.find(usual) === codec ? usual : `${usual}/${codec.channels}`;
}
