import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TlsCertificate } from '@offhook/sip-core/node';
import { onTestFinished } from 'vitest';
import { type Child, start } from './child';
import { freePort } from './ports';

const moduleFolders = ['/usr/lib/baresip/modules', '/usr/lib/x86_64-linux-gnu/baresip/modules'];

/** What baresip says on its control connection. */
export interface BaresipEvent {
  type: string;
  id?: string;
  param?: string;
  peeruri?: string;
}

export interface BaresipOptions {
  /** The WAV file it speaks into its calls: 8 kHz, mono, 16 bit. */
  play?: string;
  /** `echo` sends back what it hears; `file` plays {@link BaresipOptions.play}. */
  audio?: 'file' | 'echo';
  /** Codecs in its own order and spelling. */
  codecs?: string;
  /** Modules of codecs beside G.711, such as `opus`. */
  codecModules?: readonly string[];
  /** Further lines of its configuration. */
  config?: readonly string[];
  transport?: 'udp' | 'tcp' | 'tls';
  /** SRTP with keys in the description: `srtp` on RTP/AVP where the peer has it too, `srtp-mand` on RTP/SAVP. */
  mediaEncryption?: 'srtp' | 'srtp-mand';
  /** Who it is over TLS, and the authority, as PEM, that it trusts. */
  tls?: { certificate: TlsCertificate; ca: string };
}

/** A baresip 1.0 on 127.0.0.1 that answers every call and is driven over its control connection. */
export interface Baresip {
  readonly port: number;
  readonly uri: string;
  readonly child: Child;
  /** Every event so far. */
  readonly events: BaresipEvent[];
  command(command: string, params?: string): Promise<void>;
  /** Resolves with the first event of this type, past or to come. */
  event(type: string, timeout?: number): Promise<BaresipEvent>;
  /** The file that holds what it heard (`dec`) or sent (`enc`), complete after the call has ended. */
  recording(side: 'dec' | 'enc'): Buffer;
}

/** Starts baresip for the current test. */
export async function startBaresip(options: BaresipOptions = {}): Promise<Baresip> {
  const folder = mkdtempSync(join(tmpdir(), 'baresip-'));
  const port = await freePort();
  const controlPort = await freePort();
  const audio =
    options.audio === 'echo'
      ? ['module aubridge.so', 'audio_source aubridge,loop', 'audio_player aubridge,loop']
      : ['module aufile.so', `audio_source aufile,${options.play}`, `audio_player aufile,${join(folder, 'out.wav')}`];
  const modulePath = moduleFolders.find((each) => readable(each)) ?? moduleFolders[0];
  if (options.tls) {
    const { certificate, ca } = options.tls;
    writeFileSync(join(folder, 'cert.pem'), `${certificate.cert}\n${certificate.key}`);
    writeFileSync(join(folder, 'ca.pem'), ca);
  }
  writeFileSync(
    join(folder, 'config'),
    [
      `sip_listen 127.0.0.1:${port}`,
      ...(options.tls ? [`sip_certificate ${folder}/cert.pem`, `sip_cafile ${folder}/ca.pem`] : []),
      `module_path ${modulePath}`,
      'net_interface 127.0.0.1',
      'ausrc_srate 8000',
      'auplay_srate 8000',
      'ausrc_channels 1',
      'auplay_channels 1',
      'rtp_ports 30000-32000',
      'module g711.so',
      ...(options.codecModules ?? []).map((name) => `module ${name}.so`),
      ...(options.config ?? []),
      ...(options.mediaEncryption ? ['module srtp.so'] : []),
      ...audio,
      'module sndfile.so',
      `snd_path ${folder}`,
      'module_tmp account.so',
      'module_app menu.so',
      'module ctrl_tcp.so',
      `ctrl_tcp_listen 127.0.0.1:${controlPort}`,
      '',
    ].join('\n'),
  );
  const codecs = options.codecs ?? 'PCMU/8000/1,PCMA/8000/1';
  const transport = options.transport ?? 'udp';
  // It takes TLS on the next port.
  const uri = `sip:baresip@127.0.0.1:${transport === 'tls' ? port + 1 : port}${transport === 'udp' ? '' : `;transport=${transport}`}`;
  writeFileSync(
    join(folder, 'accounts'),
    `<sip:baresip@127.0.0.1:${port};transport=${transport}>;regint=0;answermode=auto;audio_codecs=${codecs}` +
      `${options.mediaEncryption ? `;mediaenc=${options.mediaEncryption}` : ''}\n`,
  );
  writeFileSync(join(folder, 'contacts'), '');

  const child = start('baresip', ['-v', '-f', folder]);
  await child.waitFor(/baresip is ready/);
  const control = await connected(controlPort);
  onTestFinished(() => {
    control.destroy();
  });

  const events: BaresipEvent[] = [];
  const waiting = new Set<() => void>();
  const answers: Array<{ ok: boolean; data: string }> = [];
  netstrings(control, (text) => {
    const message = JSON.parse(text) as BaresipEvent & { event?: boolean; ok: boolean; data: string };
    if (message.event) events.push(message);
    else answers.push(message);
    for (const look of waiting) look();
  });
  const until = <T>(what: string, find: () => T | undefined, timeout: number) =>
    new Promise<T>((resolve, reject) => {
      const timer = setTimeout(() => {
        waiting.delete(look);
        reject(new Error(`baresip: ${what} did not come in ${timeout} ms\n${child.output()}`));
      }, timeout);
      const look = () => {
        const value = find();
        if (value === undefined) return;
        clearTimeout(timer);
        waiting.delete(look);
        resolve(value);
      };
      waiting.add(look);
      look();
    });

  return {
    port,
    uri,
    child,
    events,
    async command(command, params = '') {
      const text = JSON.stringify({ command, params, token: 't' });
      control.write(`${Buffer.byteLength(text)}:${text},`);
      const answer = await until(`the answer to ${command}`, () => answers.shift(), 5_000);
      if (!answer.ok) throw new Error(`baresip refused ${command} ${params}: ${answer.data}`);
    },
    event: (type, timeout = 15_000) => until(type, () => events.find((each) => each.type === type), timeout),
    recording(side) {
      const name = readdirSync(folder).find((each) => each.endsWith(`-${side}.wav`));
      if (!name) throw new Error(`baresip recorded nothing\n${child.output()}`);
      return readFileSync(join(folder, name));
    },
  };
}

function readable(folder: string): boolean {
  try {
    return readdirSync(folder).length > 0;
  } catch {
    return false;
  }
}

function connected(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket));
    socket.on('error', reject);
  });
}

/** Splits a stream of netstrings (`length:text,`). */
function netstrings(socket: Socket, receive: (text: string) => void): void {
  let buffer = Buffer.alloc(0);
  socket.on('data', (data) => {
    buffer = Buffer.concat([buffer, data as Buffer]);
    for (;;) {
      const colon = buffer.indexOf(':');
      if (colon < 0) return;
      const length = Number(buffer.toString('latin1', 0, colon));
      const end = colon + 1 + length;
      if (buffer.length <= end) return;
      receive(buffer.toString('utf8', colon + 1, end));
      buffer = buffer.subarray(end + 1);
    }
  });
}
