import { Endpoint, wavFileSource, wavRecorder } from '@offhook/endpoint';

const [uri, hello, answer] = process.argv.slice(2);
const endpoint = await new Endpoint().start();
const call = endpoint.call(uri, { source: await wavFileSource(hello) });
call.on('dtmf', ({ digit }) => console.log(`They pressed ${digit}`));
await call.established;
call.audio.addSink(await wavRecorder(answer));
await new Promise((ended) => call.audio.once('sourceEnded', ended));
await call.hangup();
await endpoint.close();
