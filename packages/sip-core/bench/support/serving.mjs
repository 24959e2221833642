import { createInterface } from 'node:readline';

/** Tells that the server is ready, and what it has used so far whenever it is asked; ends when its input does. */
export function serving(served) {
  const input = createInterface({ input: process.stdin });
  input.on('line', () => {
    const { user, system } = process.cpuUsage();
    console.log(JSON.stringify({ served: served(), cpu: user + system, rss: process.memoryUsage().rss }));
  });
  input.on('close', () => process.exit(0));
  console.log('{}');
}

export const port = Number(process.argv[2]);
export const sdp =
  'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n';
