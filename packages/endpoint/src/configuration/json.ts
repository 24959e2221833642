import { problem } from './configuration-error';
import { Intake, unknownPath } from './intake';
import { type Place, placeOf, placeOfParts } from './path';
import type { EndpointConfiguration } from './settings/table';
import { countLines, type Settled } from './settled';

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** @internal Gathers what a JSON value says. */
export function readJson(json: unknown): Intake {
  const intake = new Intake();
  if (!isObject(json)) {
    intake.problems.push(problem('', json, 'an object with `connectivity`, `policy`, `proxies`, `system`'));
    return intake;
  }
  const { $schema, connectivity, unknown, ...domains } = json;
  if ($schema !== undefined && typeof $schema !== 'string') {
    intake.problems.push(problem('$schema', $schema, 'the address of the JSON Schema'));
  }
  if (connectivity !== undefined) readLines(connectivity, intake);
  for (const [name, domain] of Object.entries(domains)) readObject(domain, [name], intake);
  if (unknown !== undefined) readUnknown(unknown, intake);
  return intake;
}

function readLines(connectivity: unknown, intake: Intake): void {
  if (!Array.isArray(connectivity)) {
    intake.problems.push(problem('connectivity', connectivity, 'a list of lines, each with user and server'));
    return;
  }
  for (const [index, line] of connectivity.entries()) {
    if (!isObject(line)) {
      intake.problems.push(problem(`connectivity.${index}`, line, 'an object with user and server'));
      continue;
    }
    for (const [name, value] of Object.entries(line)) {
      const place = name === 'transport' ? undefined : placeOf(`${name}:${index}`);
      if (place) intake.value(place, value);
      else
        intake.problems.push(
          problem(`connectivity.${index}.${name}`, value, 'user, server or protocol', undefined, 'is not known'),
        );
    }
    if (line.user === undefined && line.server === undefined) intake.emptyLine(index);
  }
}

const SECTIONS = /^(?:policy|codecs|proxies|system)$/;

function readObject(value: unknown, path: readonly string[], intake: Intake): void {
  const place: Place = placeOfParts(path);
  if (place.setting) {
    intake.value(place, value);
    return;
  }
  if (!isObject(value) || path.length > 4 || !SECTIONS.test(path[0]!)) {
    intake.problems.push(
      isSection(path) ? problem(place.path, value, 'an object with settings') : unknownPath(place.path),
    );
    return;
  }
  const names = Object.entries(value);
  if (names.length === 0 && !isSection(path)) intake.problems.push(unknownPath(place.path));
  if (path[0] === 'codecs' && path.length === 2 && value.enabled === undefined) {
    const enabled = placeOfParts([...path, 'enabled']);
    if (enabled.setting) intake.value(enabled, true);
  }
  for (const [name, each] of names) readObject(each, [...path, name], intake);
}

const isSection = (path: readonly string[]): boolean =>
  /^(?:policy(?:\.(?:endpoint|session|device|codecs))?|codecs(?:\.[A-Za-z0-9][A-Za-z0-9_-]*(?:\/\d+){0,2})?|proxies(?:\.proxy(?:0|[1-9]\d{0,2})(?:\.(?:mailbox|nat))?)?|system(?:\.(?:diagnostics|security|media))?)$/.test(
    path.join('.'),
  );

function readUnknown(unknown: unknown, intake: Intake): void {
  const allowed = 'text, or a list of texts, by path';
  if (!isObject(unknown)) {
    intake.problems.push(problem('unknown', unknown, allowed));
    return;
  }
  for (const [path, value] of Object.entries(unknown)) {
    const texts = typeof value === 'string' ? [value] : value;
    const place = placeOfParts(path.split('.'));
    if (place.setting) {
      intake.problems.push(problem(`unknown.${path}`, value, `it as ${path}`, undefined, 'is a setting that is known'));
    } else if (
      Array.isArray(texts) &&
      texts.length > 0 &&
      texts.every((each) => typeof each === 'string') &&
      place.parts.length >= 2
    ) {
      for (const text of texts) intake.text(place, text);
    } else intake.problems.push(problem(`unknown.${path}`, value, allowed));
  }
}

/** @internal Settings as JSON. */
export function writeJson({ values, unknown }: Pick<Settled, 'values' | 'unknown'>): EndpointConfiguration {
  const lines: Record<string, unknown>[] = Array.from({ length: countLines(values) }, () => ({}));
  const root: Record<string, unknown> = { connectivity: lines };
  for (const [path, value] of values) {
    const own = typeof value === 'object' ? [...value] : value;
    const [attribute = '', line] = path.split(':');
    if (line !== undefined) {
      lines[Number(line)]![attribute] = own;
      continue;
    }
    const parts = path.split('.');
    const name = parts.pop()!;
    let section = root;
    for (const part of parts) {
      section[part] ??= {};
      section = section[part] as Record<string, unknown>;
    }
    section[name] = own;
  }
  if (unknown.size > 0) {
    root.unknown = Object.fromEntries(
      [...unknown].map(([path, texts]) => [path, texts.length === 1 ? texts[0] : [...texts]]),
    );
  }
  return root as unknown as EndpointConfiguration;
}
