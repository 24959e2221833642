import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { build } from 'esbuild';
import { chromium, type Page } from 'playwright-core';
import { onTestFinished } from 'vitest';

/** Bundles a program for a browser. @throws Error when it, or a package it uses, needs anything of Node.js */
export async function bundleForBrowser(entry: string): Promise<{ code: string; inputs: readonly string[] }> {
  const { outputFiles, metafile } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    metafile: true,
    platform: 'browser',
    format: 'iife',
    target: 'es2022',
    // No `external`: an import of a built-in of Node.js is an error here.
    logLevel: 'silent',
  });
  return { code: outputFiles[0]!.text, inputs: Object.keys(metafile.inputs) };
}

const flags = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
  ...['--disable-component-update', '--disable-sync'],
];

/** A microphone that plays a WAV file over and over, and leave to use it. */
export const microphone = (wavFile: string): readonly string[] => [
  '--use-fake-ui-for-media-stream',
  '--use-fake-device-for-media-stream',
  `--use-file-for-fake-audio-capture=${wavFile}`,
  '--autoplay-policy=no-user-gesture-required',
];

/** Opens a page with this script in a Chromium of its own. What the page says of errors fails the test. */
export async function openPage(script: string, more: readonly string[] = []): Promise<Page> {
  const server = createServer((request, response) => {
    if (request.url === '/script.js') response.setHeader('Content-Type', 'text/javascript').end(script);
    else response.setHeader('Content-Type', 'text/html').end('<!doctype html><script src="/script.js"></script>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: [...flags, ...more] });
  onTestFinished(async () => {
    await browser.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const page = await browser.newPage();
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  if (problems.length > 0) throw new Error(`The page does not run: ${problems.join('; ')}`);
  return page;
}
