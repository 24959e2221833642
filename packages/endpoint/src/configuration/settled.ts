import { type ConfigurationProblem, problem } from './configuration-error';
import { lineOfProxy } from './path';
import { settingAt } from './settings/table';
import type { SettingValue } from './settings/value-kind';

/** @internal What a configuration says, by path. */
export interface Settled {
  /** Settings that are known. */
  readonly values: Map<string, SettingValue>;
  /** Settings that are not known, by path, as text. */
  readonly unknown: Map<string, readonly string[]>;
  /** Line of the XML file where each stands. */
  readonly lines: ReadonlyMap<string, number>;
}

/** @internal How many lines there are: one more than the highest number of a `user`, `server` or `protocol`. */
export function countLines(values: ReadonlyMap<string, SettingValue>): number {
  let count = 0;
  for (const path of values.keys()) {
    const colon = path.indexOf(':');
    if (colon > 0) count = Math.max(count, Number(path.slice(colon + 1)) + 1);
  }
  return count;
}

/** @internal What cannot be together, though each value can. */
export function contradictions({ values, lines }: Omit<Settled, 'unknown'>): ConfigurationProblem[] {
  return [
    ...incompleteLines(values, lines),
    ...crossedRanges(values, lines),
    ...equalPriorities(values, lines),
    ...withoutCollector(values, lines),
    ...withoutCertificate(values, lines),
  ];
}

type Values = ReadonlyMap<string, SettingValue>;
type Lines = ReadonlyMap<string, number>;

function incompleteLines(values: Values, lines: Lines): ConfigurationProblem[] {
  const count = countLines(values);
  if (count === 0) {
    return [problem('user:0', undefined, 'at least one Connectivity with user and server', undefined)];
  }
  const found: ConfigurationProblem[] = [];
  for (let line = 0; line < count; line++) {
    const at = lines.get(`user:${line}`) ?? lines.get(`server:${line}`) ?? lines.get(`protocol:${line}`);
    if (!values.has(`user:${line}`))
      found.push(problem(`user:${line}`, undefined, 'the number (DN) or name of a user', at));
    if (!values.has(`server:${line}`)) {
      found.push(
        problem(`server:${line}`, undefined, 'a host with or without a port, such as pbx.example.com:5060', at),
      );
    }
  }
  return found;
}

/** Ends of ranges; 0 stands for the default, and where that is 0 for no end. */
const RANGES = ['sip_port', 'tcp_port', 'rtp_port'].map((name) => {
  const [min, max] = [`policy.endpoint.${name}_min`, `policy.endpoint.${name}_max`];
  return { min, max, least: fallbackOf(min), most: fallbackOf(max) };
});

function fallbackOf(path: string): number {
  const fallback = settingAt(path)?.fallback;
  return typeof fallback === 'number' ? fallback : 0;
}

function crossedRanges(values: Values, lines: Lines): ConfigurationProblem[] {
  return RANGES.flatMap(({ min, max, least, most }) => {
    const low = values.get(min) || least;
    const high = values.get(max) || most;
    if (high === 0 || low <= high) return [];
    const path = values.has(max) ? max : min;
    const allowed = path === max ? `${low} or more, as ${min} is ${low}` : `${high} or less, as ${max} is ${high}`;
    return [problem(path, values.get(path), allowed, lines.get(path))];
  });
}

const MAX_CODECS = 126;

function equalPriorities(values: Values, lines: Lines): ConfigurationProblem[] {
  const taken = new Map<SettingValue, string>();
  const found: ConfigurationProblem[] = [];
  let count = 0;
  for (const [path, priority] of values) {
    if (!path.startsWith('policy.codecs.')) continue;
    if (++count === MAX_CODECS + 1) {
      found.push(problem('policy.codecs', `${count} codecs`, `${MAX_CODECS} codecs at most`, lines.get(path)));
    }
    const other = taken.get(priority);
    if (other === undefined) taken.set(priority, path);
    else {
      const allowed = `a priority from 1 to 127 that no other codec has: ${other} is ${priority}, too`;
      found.push(problem(path, priority, allowed, lines.get(path)));
    }
  }
  return found;
}

function withoutCollector(values: Values, lines: Lines): ConfigurationProblem[] {
  const publish = 'policy.endpoint.vq_report_publish';
  const collector = 'policy.endpoint.vq_report_collector';
  if (values.get(publish) !== true || values.get(collector)) return [];
  return [problem(collector, undefined, `user@host:port, as ${publish} is 1`, lines.get(publish))];
}

function withoutCertificate(values: Values, lines: Lines): ConfigurationProblem[] {
  const enabled = 'system.security.tls_enabled';
  const certificate = 'system.security.cert_file';
  if (values.get(enabled) !== true || values.get(certificate)) return [];
  return [problem(certificate, undefined, `the path of a PEM file, as ${enabled} is 1`, lines.get(enabled))];
}

/** @internal Sections of `proxies` that no line belongs to. */
export function strayProxies(values: Values): string[] {
  const count = countLines(values);
  const sections = new Set(
    [...values.keys()].filter((path) => path.startsWith('proxies.')).map((path) => path.split('.')[1]!),
  );
  return [...sections].filter((section) => (lineOfProxy(section) ?? 0) >= count);
}
