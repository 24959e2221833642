// Makes the API reference of all packages with TypeDoc, as web pages.
// Usage: node tooling/documentation/reference.mjs [--out FOLDER]; exits with 1 when TypeDoc has a warning.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Application, Comment, Converter, ReflectionKind, TSConfigReader } from 'typedoc';
import { publicEntries, root } from './entries.mjs';

const { values } = parseArgs({ options: { out: { type: 'string', default: join(root, 'docs/api') } } });
const out = resolve(values.out);

/** Types that public ones mention and that nobody has to name, by package: with what they are. */
const unnamed = {
  '@offhook/codecs': ['NotEmpty' /* a message of the compiler */],
  '@offhook/endpoint': ['Named', 'Sections' /* the table SettingTypes is computed from */],
  '@offhook/rtp-media': ['FromWorker' /* the worker's own protocol */],
  '@offhook/sip-core': [
    // What the stack and its features have among themselves.
    ...['FirstNotifyReceiver', 'Lasting', 'RequestEnvironment', 'SessionSettings'],
    // Of protected members of transports.
    ...['ConnectionGate', 'StreamFlow'],
    // A table, and a string or undefined, at once or later.
    ...['digestAlgorithms', 'Found'],
  ],
};

const manifest = ({ folder }) => JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
const ownDependencies = (entry) =>
  Object.keys(manifest(entry).dependencies ?? {}).filter((name) => name.startsWith('@offhook/')).length;

// What one package passes on of another is told where it comes from: that one goes first.
const entries = publicEntries().sort((a, b) => ownDependencies(a) - ownDependencies(b));
const packages = [...new Map(entries.map((entry) => [entry.folder, manifest(entry)])).values()];

/** TypeDoc warns of a repository that has no remote to link its sources to. */
const hasRemote = spawnSync('git', ['remote', 'get-url', 'origin'], { cwd: root }).status === 0;

const app = await Application.bootstrap(
  {
    name: 'Offhook',
    basePath: root,
    tsconfig: join(root, 'tsconfig.json'),
    entryPoints: entries.map(({ source }) => join(root, source)),
    entryPointStrategy: 'resolve',
    out,
    readme: 'none',
    disableSources: !hasRemote,
    // The types are checked by `pnpm types`.
    skipErrorChecking: true,
    excludePrivate: true,
    excludeInternal: true,
    excludeExternals: true,
    hideGenerator: true,
    treatWarningsAsErrors: true,
    treatValidationWarningsAsErrors: true,
    validation: { notExported: true, invalidLink: true, rewrittenLink: true, invalidPath: true, notDocumented: true },
    packagesRequiringDocumentation: packages.map(({ name }) => name),
    // Values that their names and types say all of may stand alone; options may not: undocumented.mjs.
    requiredToBeDocumented: ['Enum', 'Variable', 'Function', 'Class', 'Interface', 'TypeAlias', 'Method', 'Accessor'],
  },
  [new TSConfigReader()],
);

const beforeWhatIsInternalGoes = 1000;
app.converter.on(
  Converter.EVENT_RESOLVE_BEGIN,
  (context) => {
    nameModules(context);
    settersAsGetters(context);
  },
  beforeWhatIsInternalGoes,
);

const project = await app.convert();
if (project) {
  app.validate(project);
  validateExportsOf(packages.map(({ name }) => name));
  if (!complained()) await app.generateDocs(project, out);
}
if (!project || complained()) process.exitCode = 1;
else
  console.log(
    `${project.getReflectionsByKind(ReflectionKind.Module).length} entries in ${relative(process.cwd(), out)}`,
  );

/** TypeDoc looks only at the package that the project is called after for types that are used and not exported. */
function validateExportsOf(names) {
  const { packageName } = project;
  const validation = app.options.getValue('validation');
  const none = Object.fromEntries(Object.keys(validation).map((name) => [name, false]));
  app.options.setValue('validation', { ...none, notExported: true });
  for (const name of names) {
    project.packageName = name;
    app.options.setValue('intentionallyNotExported', unnamed[name] ?? []);
    app.validate(project);
  }
  app.options.setValue('validation', validation);
  project.packageName = packageName;
}

function complained() {
  const { warningCount, errorCount, validationWarningCount = 0 } = app.logger;
  return warningCount + errorCount + validationWarningCount > 0;
}

/** Modules are called what applications import; the main one of a package says what the package is for. */
function nameModules(context) {
  const bySource = new Map(entries.map((entry) => [join(root, entry.source), entry]));
  for (const module of context.project.getReflectionsByKind(ReflectionKind.Module)) {
    const entry = bySource.get(context.getSymbolFromReflection(module)?.declarations?.[0]?.getSourceFile().fileName);
    if (!entry) continue;
    module.name = entry.name;
    const description = packages.find(({ name }) => name === entry.name)?.description;
    if (description) module.comment ??= new Comment([{ kind: 'text', text: description }]);
  }
}

/** What a property is for is told once, at its getter. */
function settersAsGetters({ project }) {
  for (const { getSignature, setSignature } of project.getReflectionsByKind(ReflectionKind.Accessor)) {
    if (getSignature?.comment && setSignature) setSignature.comment ??= getSignature.comment.clone();
  }
}
