import { badText, badValue, type ConfigurationProblem, problem } from './configuration-error';
import { nearest } from './nearest';
import { type Place, placeOf } from './path';
import { accepts, readText, type SettingValue } from './settings/value-kind';
import { contradictions, type Settled } from './settled';

/** @internal Gathers settings from a file, and all that is wrong with them. */
export class Intake implements Settled {
  readonly values = new Map<string, SettingValue>();
  readonly unknown = new Map<string, readonly string[]>();
  readonly lines = new Map<string, number>();
  readonly problems: ConfigurationProblem[] = [];
  /** Settings, not lists, that were given again; the last one counts. */
  readonly repeated: string[] = [];
  readonly #given = new Set<string>();

  /** A setting as text. One without text is as one that is not there. */
  text(place: Place, text: string, line?: number): void {
    const { path, setting } = place;
    if (!setting) {
      this.unknown.set(path, [...(this.unknown.get(path) ?? []), text]);
      if (line !== undefined) this.lines.set(path, line);
      return;
    }
    this.#seen(path, line, setting.kind.type === 'list');
    if (text.trim() === '' && !setting.kind.values?.includes('')) return;
    const value = readText(setting.kind, text);
    if (value === undefined) this.problems.push(badText(path, setting, text, line));
    else this.#put(path, value);
  }

  /** A setting as JSON value. */
  value(place: Place, value: unknown): void {
    const { path, setting } = place;
    if (!setting) {
      this.problems.push(unknownPath(path));
      return;
    }
    this.#seen(path, undefined, false);
    if (accepts(setting.kind, value)) this.values.set(path, value);
    else this.problems.push(badValue(path, setting, value));
  }

  /** A line that says neither user nor server. */
  emptyLine(line: number): void {
    for (const name of ['user', 'server']) {
      const { path, setting } = placeOf(`${name}:${line}`)!;
      this.problems.push(problem(path, undefined, setting!.kind.allowed, this.lines.get(path)));
    }
  }

  /** All that is wrong, with what cannot be together. */
  finish(): readonly ConfigurationProblem[] {
    // What is wrong by itself would be missed here, and told twice.
    const wrong = new Set(this.problems.map(({ path }) => path));
    this.problems.push(...contradictions(this).filter(({ path }) => !wrong.has(path)));
    return this.problems;
  }

  #seen(path: string, line: number | undefined, isList: boolean): void {
    if (this.#given.has(path) && !isList) this.repeated.push(path);
    this.#given.add(path);
    if (line !== undefined) this.lines.set(path, line);
  }

  #put(path: string, value: SettingValue): void {
    const before = this.values.get(path);
    const isList = typeof value === 'object' && typeof before === 'object';
    this.values.set(path, isList ? [...before, ...value] : value);
  }
}

/** @internal A path that is no setting's. */
export function unknownPath(path: string): ConfigurationProblem {
  const like = nearest(path);
  const allowed = like === undefined ? 'a setting that docs/settings.md lists' : `${like}, if that is meant`;
  return problem(path, undefined, allowed, undefined, 'is not known');
}

/** @internal The place of a path that a program gave. */
export function requirePlace(path: string): Place | ConfigurationProblem {
  const place = placeOf(path);
  return place?.setting ? place : unknownPath(path);
}
