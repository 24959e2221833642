import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { CertificateAuthority } from '../../packages/sip-core/src/node/testing/certificates';
import { start } from './support/child';
import { describeWithPeers } from './support/peers';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A folder in which the built packages are installed, and certificates. */
async function installed(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'offhook-runtime-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'node_modules', '@offhook'), { recursive: true });
  for (const name of ['sip-core', 'sdp', 'codecs']) {
    symlinkSync(join(root, 'packages', name), join(folder, 'node_modules', '@offhook', name));
  }
  cpSync(join(root, 'tests/peers/runtimes/two-phones.mjs'), join(folder, 'two-phones.mjs'));
  const authority = await CertificateAuthority.create();
  const { cert, key } = await authority.issue({ addresses: ['127.0.0.1'] });
  writeFileSync(join(folder, 'ca.pem'), authority.certificate);
  writeFileSync(join(folder, 'cert.pem'), cert);
  writeFileSync(join(folder, 'key.pem'), key);
  const stranger = await authority.issue({ dns: ['other.example.com'] });
  writeFileSync(join(folder, 'stranger.pem'), stranger.cert);
  writeFileSync(join(folder, 'stranger-key.pem'), stranger.key);
  return folder;
}

const phoned = 'registered, confirmed, terminated';

// Node.js itself beside them, as the measure.
describeWithPeers(['bun', 'deno'], 'JavaScript runtimes', () => {
  test.each([
    ['node', ['two-phones.mjs']],
    ['bun', ['two-phones.mjs']],
    ['deno', ['run', '--quiet', '--node-modules-dir=manual', '--allow-all', 'two-phones.mjs']],
  ])('%s runs sip-core, sdp and codecs as they are', async (runtime, args) => {
    const child = start(runtime, args, { cwd: await installed() });
    const code = await child.exited;
    expect([child.output(), code]).toEqual([expect.stringContaining('{"UDP"'), 0]);
    expect(JSON.parse(child.output().slice(child.output().indexOf('{"UDP"')))).toEqual({
      UDP: phoned,
      TCP: phoned,
      TLS: phoned,
      WS: phoned,
      WSS: phoned,
      refused: {
        'TLS name': 'ERR_SIP_TLS_IDENTITY',
        'TLS authority': 'ERR_SIP_TLS_UNTRUSTED',
        'WSS name': 'ERR_SIP_TLS_IDENTITY',
        'WSS authority': 'ERR_SIP_TLS_UNTRUSTED',
      },
      sdp: true,
      codecs: true,
    });
  });
});
