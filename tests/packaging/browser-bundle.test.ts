import { fileURLToPath } from 'node:url';
import { createContext, runInContext } from 'node:vm';
import { build, type Plugin } from 'esbuild';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What Node.js has, and a browser has not: naming it is an error there. Asking `globalThis` whether it is there is none. */
const ofNode = ['Buffer', 'process', 'global', 'setImmediate', 'clearImmediate', '__dirname', '__filename'];
const marked = (name: string) => `taken_from_node_${name}`;

const sources: Plugin = {
  name: 'sources',
  setup: ({ onResolve }) =>
    onResolve({ filter: /^@offhook\// }, ({ path }) => ({
      path: `${root}/packages/${path.slice('@offhook/'.length)}/src/index.ts`,
    })),
};

/** A program for a browser. Where it reads a global of Node.js that nothing in it declares, the result has another name. */
async function bundle(program: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: program, resolveDir: root },
    bundle: true,
    write: false,
    platform: 'browser',
    format: 'iife',
    globalName: 'bundle',
    target: 'es2022',
    define: Object.fromEntries(ofNode.map((name) => [name, marked(name)])),
    plugins: [sources],
    logLevel: 'silent',
  });
  return outputFiles[0]!.text;
}

const globalsOfNode = (code: string) => ofNode.filter((name) => code.includes(marked(name)));

test.each(['sip-core', 'sdp', 'codecs'])('%s asks nothing of Node.js', async (name) => {
  const code = await bundle(`export * from '@offhook/${name}'`);
  expect(globalsOfNode(code)).toEqual([]);
});

test('what asks something of Node.js is found out', async () => {
  await expect(bundle(`import { createSocket } from 'node:dgram'; createSocket('udp4');`)).rejects.toThrow(
    /node:dgram/,
  );
  await expect(bundle(`import { connect } from 'net'; connect(1);`)).rejects.toThrow(/net/);
  expect(globalsOfNode(await bundle(`console.log(Buffer.from('a'), process.pid)`))).toEqual(['Buffer', 'process']);
  expect(globalsOfNode(await bundle(`const process = { Buffer: 1 }; console.log(process.Buffer)`))).toEqual([]);
});

test('the three run where there is nothing but what every browser has', async () => {
  const code = await bundle(`
    import { parseMessage, SipStack, WebSocketTransport } from '@offhook/sip-core';
    import { parseSessionDescription, serializeSessionDescription } from '@offhook/sdp';
    import { defaultRegistry } from '@offhook/codecs';
    export { defaultRegistry, parseMessage, parseSessionDescription, serializeSessionDescription, SipStack, WebSocketTransport };
  `);
  const web = { TextEncoder, TextDecoder, URL, performance, crypto, setTimeout, clearTimeout, queueMicrotask, console };
  const context = createContext({ ...web, WebSocket: class {}, AbortController, AbortSignal });
  const result = runInContext(
    `${code};
    const { method } = bundle.parseMessage(new TextEncoder().encode(
      'OPTIONS sip:bob@example.com SIP/2.0\\r\\nVia: SIP/2.0/WS a.invalid;branch=z9hG4bK1\\r\\nFrom: <sip:alice@example.com>;tag=1\\r\\n' +
      'To: <sip:bob@example.com>\\r\\nCall-ID: 1\\r\\nCSeq: 1 OPTIONS\\r\\nContent-Length: 0\\r\\n\\r\\n'));
    const transport = new bundle.WebSocketTransport({ url: 'wss://example.com/' });
    const stack = new bundle.SipStack({ transports: [transport], userAgent: transport.protocol });
    const description = 'v=0\\r\\no=- 1 1 IN IP4 192.0.2.1\\r\\ns=-\\r\\nt=0 0\\r\\n';
    ({
      method,
      protocol: transport.protocol,
      stack: typeof stack.invite,
      same: bundle.serializeSessionDescription(bundle.parseSessionDescription(description)) === description,
      codecs: bundle.defaultRegistry().list().map(({ name }) => name),
    })`,
    context,
  );
  expect(result).toMatchObject({ method: 'OPTIONS', protocol: 'WSS', stack: 'function', same: true });
  expect([...result.codecs]).toContain('PCMU');
});
