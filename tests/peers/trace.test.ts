import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Flow, PcapngWriter, SipStack, type Transport } from '@offhook/sip-core';
import { HepExporter, PcapngFile, TcpTransport, UdpTransport } from '@offhook/sip-core/node';
import { expect, test } from 'vitest';
import { startHepCollector } from './support/hep-collector';
import { describeWithPeers } from './support/peers';
import { freePort } from './support/ports';

const OPTIONS = ['-o', 'udp.check_checksum:TRUE', '-o', 'tcp.check_checksum:TRUE', '-o', 'ip.check_checksum:TRUE'];

/** What tshark reads in a file: fields of the packets a filter selects, tab by tab. */
function read(file: string, filter: string, fields: readonly string[], more: readonly string[] = []): string[][] {
  const args = [
    '-r',
    file,
    ...OPTIONS,
    ...more,
    '-Y',
    filter,
    '-T',
    'fields',
    ...fields.flatMap((each) => ['-e', each]),
  ];
  const text = execFileSync('tshark', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t'));
}

const folder = () => mkdtempSync(join(tmpdir(), 'trace-'));

async function running(transports: Transport[]): Promise<SipStack> {
  const stack = new SipStack({ transports });
  await stack.start();
  return stack;
}

describeWithPeers(['tshark'], 'tshark reads what we trace', () => {
  test.each(['UDP', 'TCP'] as const)('as a pcapng file of a stack over %s', async (protocol) => {
    const make = (port: number) =>
      protocol === 'UDP'
        ? new UdpTransport({ host: '127.0.0.1', port })
        : new TcpTransport({ host: '127.0.0.1', port });
    const port = await freePort();
    const server = await running([make(port)]);
    const client = await running([make(0)]);
    const file = new PcapngFile(join(folder(), 'stack.pcapng'));
    client.on('trace', (event) => file.write(event));
    for (let index = 0; index < 3; index++) {
      const uri = `sip:bob@127.0.0.1:${port};transport=${protocol.toLowerCase()}`;
      const response = await client.request({ method: 'OPTIONS', uri, from: 'sip:alice@127.0.0.1' });
      expect(response.status).toBe(200);
    }
    await Promise.all([client.close(), server.close(), file.close()]);
    expect(file.counters).toEqual({ written: 6, dropped: 0 });
    const layer = protocol.toLowerCase();
    const decode = ['-d', `${layer}.port==${port},sip`];
    const rows = read(file.path, 'sip', ['ip.src', `${layer}.dstport`, 'sip.CSeq', 'sip.Status-Code'], decode);
    expect(rows.map(([source, , , status]) => [source, status])).toEqual(
      [1, 2, 3].flatMap(() => [
        ['127.0.0.1', ''],
        ['127.0.0.1', '200'],
      ]),
    );
    const faults = `_ws.malformed || ip.checksum.status == "Bad" || ${layer}.checksum.status == "Bad" || tcp.analysis.flags`;
    expect(read(file.path, faults, ['frame.number'], decode)).toEqual([]);
  });

  test('whatever the transport and the addresses were, with right checksums and times', () => {
    const chunks: Uint8Array[] = [];
    const writer = new PcapngWriter((chunk) => chunks.push(chunk));
    const between = (id: number, protocol: Flow['protocol'], local: string, remote: string): Flow => ({
      id,
      protocol,
      reliable: protocol !== 'UDP',
      local: { host: local, port: 5080 },
      remote: { host: remote, port: 5060 },
      closed: false,
      send() {},
      ping() {},
      close() {},
    });
    const flows = [
      between(1, 'UDP', '192.0.2.1', '192.0.2.2'),
      between(2, 'UDP', '2001:db8::1', '2001:db8::2'),
      between(3, 'TLS', '192.0.2.1', '192.0.2.2'),
      between(4, 'WSS', '2001:db8::1', '2001:db8::2'),
    ];
    const message = (number: number, size: number) =>
      new TextEncoder().encode(
        `MESSAGE sip:bob@192.0.2.2 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK${number}\r\nFrom: <sip:a@h>;tag=1\r\n` +
          `To: <sip:b@h>\r\nCall-ID: call-${number}\r\nCSeq: 1 MESSAGE\r\nContent-Type: text/plain\r\nContent-Length: ${size}\r\n\r\n` +
          'x'.repeat(size),
      );
    const time = Date.UTC(2024, 1, 29, 12, 30, 15, 250);
    let number = 0;
    for (const flow of flows) {
      // Odd lengths as well, and on connections messages that take more than one packet.
      for (const size of flow.reliable ? [0, 1, 100_001, 3] : [0, 1, 1_001]) {
        writer.write({
          time: time + number,
          direction: number % 3 === 0 ? 'in' : 'out',
          flow,
          data: message(number, size),
        });
        number++;
      }
    }
    const file = join(folder(), 'kinds.pcapng');
    writeFileSync(file, Buffer.concat(chunks));
    const decode = ['-d', 'tcp.port==5060,sip'];
    const rows = read(file, 'sip', ['sip.Call-ID', 'frame.time_epoch', 'frame.comment', 'sip.Content-Length'], decode);
    expect(rows.map(([callId]) => callId)).toEqual(Array.from({ length: number }, (_, index) => `call-${index}`));
    expect(Number(rows[0]![1])).toBeCloseTo(time / 1_000, 5);
    expect(rows.map(([, , comment]) => comment)).toEqual([
      ...Array.from({ length: 6 }, () => ''),
      ...Array.from({ length: 4 }, () => 'TLS'),
      ...Array.from({ length: 4 }, () => 'WSS'),
    ]);
    const faults = ['_ws.malformed', 'ip.checksum.status == "Bad"', 'udp.checksum.status == "Bad"']
      .concat('tcp.checksum.status == "Bad"', 'tcp.analysis.flags')
      .join(' || ');
    expect(read(file, faults, ['frame.number'], decode)).toEqual([]);
    expect(read(file, 'udp.checksum.status == "Good"', ['frame.number'], decode)).toHaveLength(6);
  });
});

describeWithPeers(['kamailio'], 'a capture server reads what we export', () => {
  test('as HEP3', async () => {
    const collector = await startHepCollector();
    const sip = await freePort();
    const server = await running([new UdpTransport({ host: '127.0.0.1', port: sip })]);
    const client = await running([new UdpTransport({ host: '127.0.0.1' })]);
    const exporter = new HepExporter({ host: '127.0.0.1', port: collector.port });
    await new Promise((resolve) => setTimeout(resolve, 100));
    client.on('trace', (event) => exporter.write(event));
    const response = await client.request({
      method: 'OPTIONS',
      uri: `sip:bob@127.0.0.1:${sip}`,
      from: 'sip:alice@127.0.0.1',
    });
    const us = `127.0.0.1:${client.transports[0]!.local.port}`;
    const them = `127.0.0.1:${sip}`;
    const { callId } = response;
    expect(await collector.messages(2)).toEqual([
      { callId, message: 'OPTIONS', source: us, target: them },
      { callId, message: '200', source: them, target: us },
    ]);
    await Promise.all([client.close(), server.close(), exporter.close()]);
  });
});
