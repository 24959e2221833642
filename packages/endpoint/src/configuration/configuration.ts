import { TypedEmitter } from '@offhook/sip-core';
import type { Document } from '@xmldom/xmldom';
import { badValue, ConfigurationError, type ConfigurationProblem } from './configuration-error';
import { type Intake, requirePlace, unknownPath } from './intake';
import { readJson, writeJson } from './json';
import { nearest } from './nearest';
import { type Place, placeOf } from './path';
import type { EffectTime, Setting, SettingStatus } from './settings/setting';
import type { EndpointConfiguration, SettingPath, SettingTypes } from './settings/table';
import { accepts, readText, type SettingValue } from './settings/value-kind';
import { contradictions, countLines, strayProxies } from './settled';
import { parseXml, readDocument } from './xml/read-xml';
import { writeXml } from './xml/write-xml';

/** A setting that has been changed. */
export interface ConfigurationChange {
  /** Its path, with dots: `policy.session.auto_answer`; `user:0` for a line. */
  readonly path: string;
  /** What it is now; the default where nothing is said any more. */
  readonly value: SettingValue | undefined;
  /** What it was. */
  readonly previous: SettingValue | undefined;
  /** When that begins to count. */
  readonly effect: EffectTime;
  readonly status: SettingStatus;
}

/** Something of a configuration that is taken, but does not do what its writer may think. */
export interface ConfigurationNotice {
  /** The setting. */
  readonly path: string;
  /** What becomes of it; `unknown`: nothing is known of it, `repeated`: only its last value counts, `stray`: there is no such line. */
  readonly status: 'handed-over' | 'unsupported' | 'unknown' | 'repeated' | 'stray';
  /** Why, as a sentence. */
  readonly reason: string;
  /** Line of the XML file it was read from, from 1. */
  readonly line?: number;
}

/** Events of a configuration. */
export type ConfigurationEvents = {
  /** Settings have been changed, all of them at once. */
  changed: [changes: readonly ConfigurationChange[]];
};

/** Values by path. */
export type SettingChanges = { readonly [Path in SettingPath]?: SettingTypes[Path] | undefined };

/**
 * The settings of an endpoint: those of `SipEndpoint.config`, by the names they have there, from XML, from JSON or one by one.
 *
 * ```ts
 * const configuration = Configuration.fromXml(await readFile('SipEndpoint.config', 'utf8'));
 * configuration.set('policy.session.auto_answer', true);
 * ```
 *
 * What is not known is kept and written again. Paths are `domain.section.setting` or `domain.section.subsection.setting`, and `user:0`, `server:0`,
 * `protocol:0` for the lines, from 0; dots and colons are the same.
 */
export class Configuration extends TypedEmitter<ConfigurationEvents> {
  readonly #values: Map<string, SettingValue>;
  readonly #unknown: Map<string, readonly string[]>;
  readonly #lines: ReadonlyMap<string, number>;
  readonly #repeated: readonly string[];
  readonly #document: Document | undefined;
  readonly #lineEnd: string;

  private constructor(intake: Intake, document?: Document, lineEnd = '\n') {
    super();
    const problems = intake.finish();
    if (problems.length > 0) throw new ConfigurationError(problems);
    this.#values = intake.values;
    this.#unknown = intake.unknown;
    this.#lines = intake.lines;
    this.#repeated = intake.repeated;
    this.#document = document;
    this.#lineEnd = lineEnd;
  }

  /**
   * Reads the XML of a `SipEndpoint.config`.
   *
   * @throws ConfigurationError with all that is wrong, each with its line
   */
  static fromXml(xml: string): Configuration {
    const document = parseXml(xml);
    return new Configuration(readDocument(document), document, xml.includes('\r\n') ? '\r\n' : '\n');
  }

  /**
   * Reads a configuration that is a JavaScript object, or was JSON.
   *
   * @throws ConfigurationError with all that is wrong; settings that are not known are, unless they stand under `unknown`
   */
  static fromJson(json: EndpointConfiguration | unknown): Configuration {
    return new Configuration(readJson(json));
  }

  /** How many lines there are. */
  get lineCount(): number {
    return countLines(this.#values);
  }

  /**
   * The value of a setting, or its default; undefined where there is neither.
   *
   * @throws ConfigurationError when there is no such setting
   */
  get<Path extends SettingPath>(path: Path): SettingTypes[Path] | undefined;
  get(path: string): SettingValue | undefined;
  get(path: string): SettingValue | undefined {
    const place = known(path);
    return this.#values.get(place.path) ?? (place.setting.fallback as SettingValue | undefined);
  }

  /** Whether a setting was given, and is not just its default. */
  has(path: string): boolean {
    return this.#values.has(placeOf(path)?.path ?? path);
  }

  /**
   * Changes a setting. Text is read as in the file, so `'1'` is as good as `true`; undefined takes the setting away, so that the default counts.
   *
   * @returns what has changed, and when it begins to count; undefined when it was so before
   * @throws ConfigurationError when there is no such setting, or it does not take the value; nothing is changed then
   */
  set<Path extends SettingPath>(
    path: Path,
    value: SettingTypes[Path] | string | undefined,
  ): ConfigurationChange | undefined;
  set(path: string, value: SettingValue | undefined): ConfigurationChange | undefined;
  set(path: string, value: SettingValue | undefined): ConfigurationChange | undefined {
    return this.apply({ [path]: value })[0];
  }

  /**
   * Changes several settings at once, or none of them: for those that only fit together, such as both ends of a range.
   *
   * @throws ConfigurationError with all that is wrong
   */
  apply(changes: SettingChanges | Readonly<Record<string, SettingValue | undefined>>): readonly ConfigurationChange[] {
    const problems: ConfigurationProblem[] = [];
    const values = new Map(this.#values);
    const settingsOf = new Map<string, Setting>();
    for (const [path, given] of Object.entries(changes)) {
      const place = requirePlace(path);
      if ('message' in place) {
        problems.push(place);
        continue;
      }
      const setting = place.setting!;
      settingsOf.set(place.path, setting);
      const value = given === undefined ? undefined : taken(setting, given);
      if (given !== undefined && value === undefined) problems.push(badValue(place.path, setting, given));
      else if (value === undefined) values.delete(place.path);
      else values.set(place.path, value);
    }
    problems.push(...contradictions({ values, lines: new Map() }));
    if (problems.length > 0) throw new ConfigurationError(problems);
    return this.#take(values, settingsOf);
  }

  #take(
    values: ReadonlyMap<string, SettingValue>,
    settingsOf: ReadonlyMap<string, Setting>,
  ): readonly ConfigurationChange[] {
    const done: ConfigurationChange[] = [];
    for (const [path, { effect, status, fallback }] of settingsOf) {
      const stored = values.get(path);
      const before = this.#values.get(path);
      if (stored === undefined) this.#values.delete(path);
      else this.#values.set(path, stored);
      const value = stored ?? (fallback as SettingValue | undefined);
      const previous = before ?? (fallback as SettingValue | undefined);
      if (JSON.stringify(value) !== JSON.stringify(previous)) done.push({ path, value, previous, effect, status });
    }
    if (done.length > 0) this.emit('changed', done);
    return done;
  }

  /** The settings that were given, by path, in the order of the file. */
  entries(): IterableIterator<[path: string, value: SettingValue]> {
    return new Map(this.#values).entries();
  }

  /** Settings that were given and that the endpoint does not honour by itself, with the reason, and those that nothing is known of. */
  get notices(): readonly ConfigurationNotice[] {
    const found: ConfigurationNotice[] = [];
    const notice = (path: string, status: ConfigurationNotice['status'], reason: string) => {
      const line = this.#lines.get(path);
      found.push({ path, status, reason, ...(line !== undefined && { line }) });
    };
    for (const path of this.#values.keys()) {
      const { status, reason } = placeOf(path)!.setting!;
      if (status !== 'honoured') notice(path, status, `${path} is ${status}: ${reason}.`);
    }
    for (const path of this.#unknown.keys()) {
      const like = nearest(path);
      const meant = like === undefined ? '' : ` ${like} may be meant.`;
      notice(path, 'unknown', `${path} is not known; it is kept, and nothing comes of it.${meant}`);
    }
    for (const path of this.#repeated)
      notice(path, 'repeated', `${path} is given more than once; the last one counts.`);
    for (const section of strayProxies(this.#values)) {
      notice(
        `proxies.${section}`,
        'stray',
        `proxies.${section} belongs to no line: there are ${this.lineCount}, and the first is proxy0.`,
      );
    }
    return found;
  }

  /**
   * Writes a `SipEndpoint.config`. What was read from one is written as it was, with its comments and unknown parts, but for what has been changed
   * since; white space inside tags is not kept.
   */
  toXml(): string {
    const xml = writeXml({ values: this.#values, unknown: this.#unknown }, this.#document);
    return this.#lineEnd === '\n' ? xml : xml.replace(/\r?\n/g, this.#lineEnd);
  }

  /** The settings that were given, as JSON; with the passwords among them. */
  toJSON(): EndpointConfiguration {
    return writeJson({ values: this.#values, unknown: this.#unknown });
  }
}

function known(path: string): Place & { setting: Setting } {
  const place = placeOf(path);
  if (!place?.setting) throw new ConfigurationError([unknownPath(path)]);
  return place as Place & { setting: Setting };
}

function taken({ kind }: Setting, given: SettingValue): SettingValue | undefined {
  if (accepts(kind, given)) return given;
  return typeof given === 'string' ? readText(kind, given) : undefined;
}
