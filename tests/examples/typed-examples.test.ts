import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const core = join(root, 'packages/sip-core');
const entries = {
  '@offhook/sip-core': 'index',
  '@offhook/sip-core/node': 'node',
  '@offhook/sip-core/testing': 'testing',
};

/** What the parts of programs in ```ts blocks take for granted. */
const given = {
  stack: 'SipStack',
  uri: 'string',
  from: 'string',
  credentials: 'Credentials',
  media: 'OfferAnswerHandler',
  session: 'InviteSession',
  another: 'TlsCertificate',
  request: 'SipRequest',
  response: 'SipResponse',
  invite: 'SipRequest',
  bye: 'SipRequest',
  address: 'NameAddr',
};

/** Every ```ts block of the pages of sip-core, as modules that import what they do not declare. */
function blocks(): Map<string, string> {
  const pages = ['README.md', ...readdirSync(join(core, 'docs')).map((name) => join('docs', name))];
  const modules = new Map<string, string>();
  for (const page of pages) {
    const found = [...readFileSync(join(core, page), 'utf8').matchAll(/```ts\n([\s\S]*?)```/g)];
    for (const [index, [, code]] of found.entries()) modules.set(`${page} (${index + 1})`, asModule(code!));
  }
  return modules;
}

function asModule(code: string): string {
  const declares = (name: string) =>
    new RegExp(`^(?:interface|class|type|const|let) ${name}\\b|^import \\{[^}]*\\b${name}\\b`, 'm').test(code);
  const assumed = Object.entries(given)
    .filter(([name]) => !declares(name))
    .map(([name, type]) => `declare const ${name}: ${type};`)
    .join('\n');
  const imports = Object.entries(entries).map(([from, file]) => {
    const text = readFileSync(join(core, `src/${file}.ts`), 'utf8');
    const names = [...text.matchAll(/export (?:type )?\{([^}]*)\}/g)]
      .flatMap(([, list]) => list!.split(',').map((name) => name.replace(/\btype\b/, '').trim()))
      .concat(file === 'index' ? ['Header'] : [])
      .filter((name) => name !== '' && !declares(name));
    const used = names.filter((name) => new RegExp(`\\b${name}\\b`).test(`${code}\n${assumed}`));
    return used.length > 0 ? `import { ${used.join(', ')} } from '${from}';` : '';
  });
  const files =
    /\breadFileSync\b/.test(code) && !declares('readFileSync') ? "import { readFileSync } from 'node:fs';" : '';
  return `${imports.join('\n')}\n${files}\n${assumed}\nexport {};\n${code}`;
}

test('what stands in the ts blocks of the pages of sip-core fits its types', () => {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: ['x.ts'] }, ts.sys, root);
  Object.assign(options, {
    noEmit: true,
    noUnusedLocals: false,
    verbatimModuleSyntax: false,
    lib: ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.esnext.disposable.d.ts'],
  });
  const modules = blocks();
  const sources = new Map([...modules].map(([name, code], index) => [join(core, `page-${index}.ts`), { name, code }]));
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (file) => sources.has(file) || fileExists.call(host, file);
  host.readFile = (file) => sources.get(file)?.code ?? readFile.call(host, file);
  host.getSourceFile = (file, language, ...rest) => {
    const source = sources.get(file);
    return source
      ? ts.createSourceFile(file, source.code, language)
      : getSourceFile.call(host, file, language, ...rest);
  };
  const program = ts.createProgram([...sources.keys()], options, host);
  const wrong = [...sources].flatMap(([file, { name }]) => {
    const source = program.getSourceFile(file)!;
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
      ({ messageText }) => `${name}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`,
    );
  });
  expect(modules.size).toBeGreaterThan(4);
  expect(wrong).toEqual([]);
});
