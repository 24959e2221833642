import { schemaOf } from './parameters';
import { VERBS } from './verbs';

/** What can be written to `offhook ua`, as JSON Schema (draft 2020-12). */
export function uaSchema(): object {
  const commands = Object.entries(VERBS).map(([name, { about, parameters }]) => ({
    description: about,
    type: 'object',
    properties: {
      do: { const: name },
      id: { description: 'comes back in the reply' },
      ...Object.fromEntries(Object.entries(parameters).map(([each, parameter]) => [each, schemaOf(parameter)])),
    },
    required: ['do', ...Object.entries(parameters).flatMap(([each, { required }]) => (required ? [each] : []))],
    additionalProperties: false,
  }));
  const quit = {
    description: 'Hangs up, unregisters and ends.',
    type: 'object',
    properties: { do: { const: 'quit' }, id: {} },
    required: ['do'],
    additionalProperties: false,
  };
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'A command of offhook ua',
    oneOf: [...commands, quit],
  };
}
