// Usage: node index.mjs ws://BOT [PORT]: answers calls on PORT, and connects each with a bot of its own.
import { Endpoint } from '@offhook/endpoint';
import { bridgeCall } from './bridge.mjs';

const [bot, port = '5060'] = process.argv.slice(2);
const endpoint = await new Endpoint({ transports: [{ protocol: 'udp', port: Number(port) }] }).start();
console.log(`Calls to sip:bot@127.0.0.1:${endpoint.addresses[0].port} talk to ${bot}`);

endpoint.on('call', async (call) => {
  call.ended.then(({ by, status, durationMs }) => {
    console.log(`${call.remote.uri}: ended by ${by}${status ? `, ${status}` : ''}, ${durationMs} ms`);
  });
  await bridgeCall(call, bot).catch((error) => console.log(`${call.remote.uri}: ${error.message}`));
});
process.on('SIGINT', () => endpoint.close());
