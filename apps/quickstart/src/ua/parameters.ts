/** A parameter of a verb. */
export interface Parameter {
  readonly type: 'string' | 'number' | 'boolean' | 'object' | 'strings';
  readonly about: string;
  readonly required?: boolean;
  /** The words it may be. */
  readonly words?: readonly string[];
}

/** What a command says besides its verb. */
export type Parameters = Readonly<Record<string, Parameter>>;

/** Values of parameters, checked. */
export type Values = Readonly<Record<string, unknown>>;

/** A command cannot be carried out as it stands. */
export class BadCommand extends Error {
  readonly code = 'ERR_COMMAND';
}

/** Fields of every command. */
const ENVELOPE = ['do', 'id'];

/**
 * Looks at what a command says.
 *
 * @throws BadCommand that names the parameter and what it may be
 */
export function checkValues(verb: string, parameters: Parameters, command: Values): Values {
  const values: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(command)) {
    if (ENVELOPE.includes(name)) continue;
    const parameter = parameters[name];
    if (!parameter) {
      const known = Object.keys(parameters).join(', ') || 'none';
      throw new BadCommand(`"${verb}" has no parameter "${name}"; it has: ${known}.`);
    }
    if (!fits(parameter, value)) throw new BadCommand(`"${name}" of "${verb}" must be ${wanted(parameter)}.`);
    values[name] = value;
  }
  for (const [name, { required }] of Object.entries(parameters)) {
    if (required && !(name in values)) throw new BadCommand(`"${verb}" needs "${name}".`);
  }
  return values;
}

/** A parameter as JSON Schema has it. */
export function schemaOf({ type, about, words }: Parameter): Record<string, unknown> {
  const description = about;
  if (type === 'strings') return { type: 'array', items: { type: 'string' }, description };
  return { type, description, ...(words && { enum: words }) };
}

function fits({ type, words }: Parameter, value: unknown): boolean {
  if (words) return words.includes(value as string);
  if (type === 'strings') return Array.isArray(value) && value.every((each) => typeof each === 'string');
  if (type === 'number') return typeof value === 'number' && Number.isFinite(value);
  if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value);
  return typeof value === type;
}

function wanted({ type, words }: Parameter): string {
  if (words) return `one of ${words.join(', ')}`;
  return type === 'strings' ? 'an array of strings' : `${type === 'object' ? 'an' : 'a'} ${type}`;
}
