// All participants of a conference, who speak all the time: RTP to the ports that the parent names, and nothing else.
import { createSocket } from 'node:dgram';
import { pcmu } from '@offhook/codecs';

const HOST = '127.0.0.1';
const SAMPLES = 160;
const speech = (leg) =>
  Int16Array.from({ length: 8000 }, (_, i) => 6000 * Math.sin(i / (7 + leg / 5)) * Math.sin(i / (500 + leg * 7)));

process.once('message', async (ports) => {
  const encoder = pcmu.createEncoder();
  const speakers = await Promise.all(
    ports.map(async (port, leg) => {
      const socket = createSocket({ type: 'udp4', lookup: (name, _options, callback) => callback(null, name, 4) });
      socket.on('message', () => {});
      await new Promise((resolve) => socket.bind(0, HOST, resolve));
      const pcm = speech(leg);
      const packets = Array.from({ length: 50 }, (_, at) => {
        const packet = Buffer.alloc(12 + SAMPLES);
        packet[0] = 0x80;
        packet.writeUInt32BE(leg + 1, 8);
        encoder.encode(pcm.subarray(at * SAMPLES, (at + 1) * SAMPLES), packet.subarray(12));
        return packet;
      });
      return { socket, port, packets };
    }),
  );
  process.send(speakers.map(({ socket }) => socket.address().port));
  const start = performance.now();
  let number = 0;
  setInterval(() => {
    for (; number * 20 < performance.now() - start; number++) {
      for (const { socket, port, packets } of speakers) {
        const packet = packets[number % packets.length];
        packet.writeUInt16BE(number & 0xffff, 2);
        packet.writeUInt32BE((number * SAMPLES) >>> 0, 4);
        socket.send(packet, port, HOST);
      }
    }
  }, 5);
});
process.once('disconnect', () => process.exit());
setTimeout(() => process.exit(), 60_000);
