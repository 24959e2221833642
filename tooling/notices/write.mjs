#!/usr/bin/env node
// Writes THIRD_PARTY_NOTICES.md: the licence of every package that the published ones install, read from where it is installed.
// With --check it only says whether the file is up to date.
import { existsSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const target = join(root, 'THIRD_PARTY_NOTICES.md');
const read = (folder) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));

const found = new Map();

function visit(folder) {
  for (const name of Object.keys(read(folder).dependencies ?? {})) {
    const at = locate(folder, name);
    const manifest = read(at);
    if (name.startsWith('@offhook/')) continue;
    const key = `${name} ${manifest.version}`;
    if (found.has(key)) continue;
    found.set(key, { name, manifest, licence: licenceText(at) });
    visit(at);
  }
}

function locate(from, name) {
  for (let folder = realpathSync(from); ; folder = dirname(folder)) {
    const at = join(folder, 'node_modules', name);
    if (existsSync(join(at, 'package.json'))) return realpathSync(at);
    if (folder === dirname(folder)) throw new Error(`${name} is not installed; run npm test once.`);
  }
}

function licenceText(folder) {
  const file = readdirSync(folder).find((each) => /^licen[cs]e(\.|$)/i.test(each));
  return file ? readFileSync(join(folder, file), 'utf8').trim() : undefined;
}

for (const group of ['packages', 'apps']) {
  for (const each of readdirSync(join(root, group))) visit(join(root, group, each));
}

const sections = [...found.values()]
  .sort((a, b) => a.name.localeCompare(b.name, 'en'))
  .map(({ name, manifest, licence }) => {
    const author = typeof manifest.author === 'string' ? manifest.author : manifest.author?.name;
    const text =
      licence ??
      `No licence file is included; its package.json says ${manifest.license}${author ? `, by ${author}` : ''}.`;
    return `## ${name}\n\n${manifest.license}\n\n\`\`\`text\n${text.replace(/\r/g, '')}\n\`\`\`\n`;
  });
// What a package carries inside its own files is named in a LICENSE-*.txt beside them.
for (const each of readdirSync(join(root, 'packages')).sort()) {
  const folder = join(root, 'packages', each);
  for (const file of readdirSync(folder).filter((name) => /^LICENSE-.*\.txt$/.test(name))) {
    const text = readFileSync(join(folder, file), 'utf8').trim();
    sections.push(`## Inside ${read(folder).name}\n\n\`\`\`text\n${text}\n\`\`\`\n`);
  }
}
const unique = [...new Set(sections)];
const text = `# Third-party notices\n\nThe packages of Offhook install the following. Written by \`node tooling/notices/write.mjs\`.\n\n${unique.join('\n')}`;

if (process.argv.includes('--check')) {
  if (!existsSync(target) || readFileSync(target, 'utf8') !== text) {
    console.error('THIRD_PARTY_NOTICES.md is out of date; run: node tooling/notices/write.mjs');
    process.exit(1);
  }
} else {
  writeFileSync(target, text);
  console.log(`${unique.length} notices written.`);
}
