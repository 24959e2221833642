// Finds what a package exports without a doc comment: symbols, what can be called on them, and options.
// Usage: node tooling/documentation/undocumented.mjs [ENTRY...], all public ones when none is named; exits with 1 when there is any.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { publicEntries, root } from './entries.mjs';

const defaults = publicEntries().map(({ source }) => join(root, source));

/** @returns {string[]} what is not documented, as `file:line name` */
export function undocumented(entries = defaults) {
  const found = new Set();
  for (const entry of entries) for (const place of exported(entry)) found.add(place);
  return [...found].sort();
}

function exported(file) {
  const source = parse(file);
  const from = source.statements.filter((each) => ts.isExportDeclaration(each) && each.moduleSpecifier);
  return from.flatMap(({ exportClause, moduleSpecifier }) => {
    const target = resolve(file, moduleSpecifier.text);
    if (!target) return [];
    if (!exportClause) return exported(target);
    if (ts.isNamespaceExport(exportClause)) return [...exported(target), ...check(target)];
    return check(target, new Set(exportClause.elements.map(({ propertyName, name }) => (propertyName ?? name).text)));
  });
}

/** Declarations of a file that are exported, or those of these names. */
function check(file, names) {
  const source = parse(file);
  const missing = [];
  const place = (node, name) => {
    const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
    return `${relative(root, file)}:${line + 1} ${name}`;
  };
  const seen = new Set();
  for (const statement of source.statements) {
    if (!statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)) continue;
    const declared = ts.isVariableStatement(statement)
      ? statement.declarationList.declarations.map(({ name }) => name.getText(source))
      : [statement.name?.text];
    for (const name of declared) {
      if (name === undefined || (names && !names.has(name))) continue;
      seen.add(name);
      if (!documented(statement)) missing.push(place(statement, name));
      if (ts.isClassDeclaration(statement) || ts.isInterfaceDeclaration(statement)) {
        missing.push(
          ...undocumentedMembers(statement, source).map((member) => place(member, `${name}.${nameOf(member, source)}`)),
        );
      }
    }
  }
  // What a file only passes on is looked for where it is declared.
  if (names) {
    for (const each of source.statements.filter(
      (s) => ts.isExportDeclaration(s) && s.moduleSpecifier && s.exportClause,
    )) {
      const rest =
        each.exportClause.elements?.map((e) => e.name.text).filter((n) => names.has(n) && !seen.has(n)) ?? [];
      const target = resolve(file, each.moduleSpecifier.text);
      if (rest.length > 0 && target) missing.push(...check(target, new Set(rest)));
    }
  }
  return missing;
}

/**
 * Members that somebody has to be told about: whatever is called, and each option. What a class does for an interface is told there; values that
 * their names and types say all of may stand alone.
 */
function undocumentedMembers(declaration, source) {
  const { members, heritageClauses = [] } = declaration;
  const told = new Set(members.filter(documented).map((member) => nameOf(member, source)));
  const forInterface = heritageClauses.some(({ token }) => token === ts.SyntaxKind.ImplementsKeyword);
  const options = ts.isInterfaceDeclaration(declaration) && declaration.name.text.endsWith('Options');
  return members.filter((member) => {
    const kinds = new Set(member.modifiers?.map(({ kind }) => kind));
    const hidden = [ts.SyntaxKind.PrivateKeyword, ts.SyntaxKind.ProtectedKeyword, ts.SyntaxKind.OverrideKeyword];
    if (hidden.some((kind) => kinds.has(kind))) return false;
    const called = ts.isMethodDeclaration(member) || ts.isMethodSignature(member);
    if (!(options || (called && !forInterface))) return false;
    const name = nameOf(member, source);
    return name !== '' && !name.startsWith('#') && !name.startsWith('[') && !told.has(name);
  });
}

const nameOf = (member, source) => member.name?.getText(source) ?? '';
const documented = (node) => ts.getJSDocCommentsAndTags(node).length > 0;

const parsed = new Map();
function parse(file) {
  if (!parsed.has(file))
    parsed.set(file, ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true));
  return parsed.get(file);
}

function resolve(file, specifier) {
  const target = join(dirname(file), `${specifier}.ts`);
  return specifier.startsWith('.') && existsSync(target) ? target : undefined;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const missing = undocumented(process.argv.length > 2 ? process.argv.slice(2) : defaults);
  for (const each of missing) console.log(each);
  console.log(`${missing.length} without a doc comment.`);
  process.exitCode = missing.length > 0 ? 1 : 0;
}
