import type { AgentState } from '../tlib/enumerations';
import { type DnOptions, defaultDnOptions } from './dn-options';

/** What a DN is: the phone of a user, a way out to another network (numbers that begin with its own), or a number that sends calls elsewhere. */
export type DnType = 'endpoint' | 'trunk' | 'route-point';

/** A DN as it is configured. */
export interface DnConfiguration {
  /** `endpoint` when absent. */
  type?: DnType;
  options?: DnOptions;
  /** Of a route point: where its calls go. */
  destination?: string;
}

/** A directory number: its options and its features. */
export class Dn {
  readonly number: string;
  readonly type: DnType;
  /** Of a route point: where its calls go. */
  readonly destination: string | undefined;
  /** Whether calls to it are refused as busy. */
  doNotDisturb = false;
  /** Where its calls go instead. */
  forward: string | undefined;
  agentState: AgentState = 'LoggedOut';
  agentID: string | undefined;
  readonly #options: DnOptions;

  constructor(number: string, { type = 'endpoint', options, destination }: DnConfiguration, common: DnOptions = {}) {
    this.number = number;
    this.type = type;
    this.destination = destination;
    this.#options = { ...defaultDnOptions, ...defined(common), ...defined(options ?? {}) };
  }

  /** Value of an option, the default where none is set. */
  option<Name extends keyof DnOptions>(name: Name): DnOptions[Name] {
    return this.#options[name];
  }

  /** Whether its phone may be told this by NOTIFY. */
  controls(event: string): boolean {
    return (this.#options['sip-cti-control'] ?? '').split(',').some((each) => each.trim().toLowerCase() === event);
  }
}

const defined = (options: DnOptions): DnOptions =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
