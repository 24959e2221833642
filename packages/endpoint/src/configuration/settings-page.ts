import type { Setting, SettingOrigin } from './settings/setting';
import { type ListedSetting, settings } from './settings/table';

const ORIGINS: Readonly<Record<SettingOrigin, string>> = {
  seen: '',
  recalled: ' ¹',
  header: ' ²',
  ours: ' ³',
};

const TITLES: readonly (readonly [start: string, title: string])[] = [
  ['', '`Connectivity`: a line each, N from 0'],
  ['policy.endpoint.', '`policy.endpoint`'],
  ['policy.session.', '`policy.session`'],
  ['policy.device.', '`policy.device`'],
  ['policy.codecs.', '`policy.codecs`'],
  ['codecs.', '`codecs`: a section for each codec, in place of `policy.codecs`'],
  ['proxies.', '`proxies`: a section for each line, N from 0'],
  ['system.', '`system`'],
];

/** @internal The page docs/settings.md: each setting, its values, default, effect and status. */
export function settingsPage(): string {
  const counts = new Map<string, number>();
  for (const { setting } of settings) counts.set(setting.status, (counts.get(setting.status) ?? 0) + 1);
  const summary = [...counts].map(([status, count]) => `${count} ${status}`).join(', ');
  return `${HEAD.replace('SUMMARY', `${settings.length} settings: ${summary}.`)}${TITLES.map(([start, title]) => table(start, title)).join('')}`;
}

const HEAD = `# Settings

<!-- Made by \`node tooling/documentation/settings.mjs\` of packages/endpoint/src/configuration/settings; do not edit. -->

The settings of \`SipEndpoint.config\`, in XML, in JSON, and at run time by path, as \`@offhook/endpoint/configuration\` knows them. SUMMARY

- **Default**: what counts when nothing is said; – where that is nothing. The file that came with the original sets some of them otherwise.
- **Effect**: when a change counts in an endpoint of \`configuredEndpoint()\`; a line that is changed is replaced, and registers anew if it was registered. In brackets when it does in the original, where that differs. The original's own list is not public: what stands here of it is
  our reading.
- **Status**: *honoured*, the endpoint does what it says; *handed over*, it is checked and given to the application, which acts on it; *unsupported*, it is
  kept and written again, and nothing comes of it. The reason stands behind it.

¹ Known from memory of the original's documentation. ² Known from its headers; the name is ours. ³ Ours alone. All others have been seen in a file of the original.
`;

function table(start: string, title: string): string {
  const rows = settings.filter(({ path }) => (start === '' ? path.includes(':') : path.startsWith(start)));
  const lines = rows.map(row).join('\n');
  return `
## ${title}

| Setting | What it is | Values | Default | Effect | Status |
|---|---|---|---|---|---|
${lines}
`;
}

function row({ path, setting }: ListedSetting): string {
  const { meaning, kind, status, reason, alias } = setting;
  const also = alias === undefined ? '' : ` Workspace: \`${alias}\`.`;
  const cells = [
    `\`${path}\`${ORIGINS[setting.origin]}`,
    `${meaning}${also}`,
    kind.allowed,
    fallbackOf(setting),
    setting.effect === setting.original ? setting.effect : `${setting.effect} (${setting.original})`,
    `${status === 'handed-over' ? 'handed over' : status}${reason === undefined ? '' : `; ${reason}`}`,
  ];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function fallbackOf({ fallback }: Setting): string {
  if (fallback === undefined || fallback === '') return '–';
  return typeof fallback === 'boolean' ? (fallback ? '1' : '0') : String(fallback);
}
