import { EndpointError } from '../errors/endpoint-error';
import type { Setting } from './settings/setting';

/** Something in a configuration that cannot be. */
export interface ConfigurationProblem {
  /** The setting, such as `policy.endpoint.rtp_port_min`; empty when it is the file as a whole. */
  readonly path: string;
  /** What was given; undefined when nothing was, and `***` for a password. */
  readonly value: unknown;
  /** What may be given. */
  readonly allowed: string;
  /** Line of the XML file, from 1. */
  readonly line?: number;
  /** All of it as a sentence. */
  readonly message: string;
}

/**
 * A configuration, or a change of one, that cannot be; nothing of it was taken. `problems` has all that is wrong, not just the first. Code
 * `ERR_CONFIGURATION`.
 */
export class ConfigurationError extends EndpointError {
  /** What is wrong, in the order of the file. */
  readonly problems: readonly ConfigurationProblem[];

  /** @param problems what is wrong; at least one */
  constructor(problems: readonly ConfigurationProblem[], cause?: unknown) {
    const [first] = problems;
    const all = problems.map(({ message }) => `\n  ${message}`).join('');
    const message = problems.length === 1 ? first!.message : `The configuration has ${problems.length} mistakes:${all}`;
    super('ERR_CONFIGURATION', message, { cause });
    this.problems = problems;
  }
}

const SHOWN = 80;

const shown = (value: unknown): string => {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
};

/** @internal A problem with its sentence. */
export function problem(
  path: string,
  value: unknown,
  allowed: string,
  line?: number,
  what?: string,
): ConfigurationProblem {
  const where = [line === undefined ? '' : `line ${line}`, path].filter((each) => each !== '').join(': ');
  const wrong = what ?? (value === undefined ? 'is missing' : `cannot be ${shown(value)}`);
  return {
    path,
    value,
    allowed,
    ...(line !== undefined && { line }),
    message: `${where}${where === '' ? '' : path === '' ? ': ' : ' '}${wrong}; give ${allowed}.`,
  };
}

/** @internal A text that a setting does not take. */
export const badText = (path: string, { kind }: Setting, text: string, line?: number): ConfigurationProblem =>
  problem(path, kind.secret ? '***' : text, kind.allowed, line);

/** @internal A value that a setting does not take. */
export const badValue = (path: string, { kind }: Setting, value: unknown): ConfigurationProblem => {
  const allowed =
    kind.type === 'boolean' ? 'true or false' : kind.type === 'list' ? `a list of ${kind.allowed}` : kind.allowed;
  return problem(path, kind.secret ? '***' : value, allowed);
};
