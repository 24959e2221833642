#!/usr/bin/env node
import { interruption } from './interruption';
import { main } from './main';

const leave = (code: number) => {
  process.exitCode = code;
  // All sockets and timers are closed by now; should one be left, nobody has to wait for it.
  setTimeout(() => process.exit(), 1_000).unref();
};

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // Whoever read our output has gone (`offhook … | head`).
  if (error.code === 'EPIPE') process.exit();
});

main(process.argv.slice(2), {
  streams: { out: process.stdout, err: process.stderr },
  interruption: interruption(process, () => process.exit(130)),
  stdin: process.stdin,
  async readStdin() {
    const chunks: Uint8Array[] = [];
    for await (const chunk of process.stdin) chunks.push(chunk);
    return Buffer.concat(chunks);
  },
  writeStdout: (bytes) => new Promise((done) => void process.stdout.write(bytes, () => done())),
}).then(leave, (error: unknown) => {
  console.error(error);
  leave(1);
});
