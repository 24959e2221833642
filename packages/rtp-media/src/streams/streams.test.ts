import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { nodePcmInput, nodePcmOutput } from '../node/node-streams';
import { pcmStreamSource } from '../sources/pcm-stream-source';
import { voice } from '../testing/voice';
import { bytesOfPcm, PcmAssembler } from './pcm-bytes';
import { webPcmInput, webPcmOutput } from './web-streams';

const frame = (value: number) => new Int16Array(160).fill(value);
const turns = async (count = 5) => {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
};

/** Reads a source as a call does, frame by frame, until it ends. */
async function play(source: { read(frame: Int16Array): number }): Promise<Int16Array> {
  const heard: number[] = [];
  const into = new Int16Array(160);
  for (let idle = 0; idle < 1000; idle++) {
    const count = source.read(into);
    if (count < 0) break;
    heard.push(...into.subarray(0, count));
    await turns(2);
  }
  return Int16Array.from(heard);
}

describe('bytes', () => {
  test('are put together whatever their pieces', () => {
    const said = voice(0.5);
    const bytes = bytesOfPcm(said);
    for (const piece of [1, 2, 3, 7, 320, 10_000]) {
      const assembler = new PcmAssembler();
      const all: number[] = [];
      for (let at = 0; at < bytes.length; at += piece) all.push(...assembler.push(bytes.subarray(at, at + piece)));
      expect(Int16Array.from(all)).toEqual(said);
    }
    expect(new PcmAssembler().push(new Uint8Array(0)).length).toBe(0);
  });
});

describe('Web streams', () => {
  test('give what was heard, in order, and end with it', async () => {
    const { sink, readable } = webPcmOutput();
    for (let i = 0; i < 50; i++) sink.write(frame(i));
    sink.close();
    const heard: number[] = [];
    const reader = readable.getReader();
    for (let next = await reader.read(); !next.done; next = await reader.read()) heard.push(next.value[0]!);
    expect(heard).toEqual([...Array(50).keys()]);
  });

  test('lose the oldest, counted, when nobody reads', async () => {
    const { sink, readable } = webPcmOutput({ maxQueueMs: 200 });
    for (let i = 0; i < 100; i++) {
      sink.write(frame(i));
      await turns(1);
    }
    expect(sink.droppedMs).toBe(1800);
    expect((await readable.getReader().read()).value?.[0]).toBe(90);
  });

  test('hold back who writes more than is played, and lose nothing', async () => {
    const { source, writable } = webPcmInput({ maxQueueMs: 100 });
    const said = voice(1);
    const writer = writable.getWriter();
    let written = 0;
    const writing = (async () => {
      for (let at = 0; at < said.length; at += 160, written++) {
        await writer.ready;
        await writer.write(said.subarray(at, at + 160));
      }
      await writer.close();
    })();
    await turns();
    expect(written).toBeLessThanOrEqual(5);
    expect(await play(source)).toEqual(said);
    await writing;
    expect(source.droppedMs).toBe(0);
  });

  test('of live audio keep the newest', async () => {
    const { source, writable } = webPcmInput({ maxQueueMs: 100, whenFull: 'drop-oldest' });
    const writer = writable.getWriter();
    for (let i = 0; i < 20; i++) await writer.write(frame(i));
    expect(source.droppedMs).toBe(300);
    const into = frame(0);
    source.read(into);
    expect(into[0]).toBe(15);
  });

  test('that are aborted make the source fail, and cancelled ones close the sink', async () => {
    const { source, writable } = webPcmInput();
    await writable.abort(new Error('the voice is gone'));
    expect(() => source.read(frame(0))).toThrow('the voice is gone');
    const { sink, readable } = webPcmOutput();
    await readable.cancel();
    sink.write(frame(1));
    expect(sink.queuedMs).toBe(0);
  });
});

describe('Node.js streams', () => {
  test('pipe what a call hears into what another says', async () => {
    const { sink, readable } = nodePcmOutput();
    const { source, writable } = nodePcmInput({ maxQueueMs: 100 });
    const said = voice(1);
    readable.pipe(writable);
    for (let at = 0; at < said.length; at += 160) sink.write(said.subarray(at, at + 160));
    sink.close();
    expect(await play(source)).toEqual(said);
  });

  test('never hold up the call: a reader that does not read loses the oldest', async () => {
    const { sink, readable } = nodePcmOutput({ maxQueueMs: 100 });
    for (let i = 0; i < 100; i++) {
      sink.write(frame(i));
      await turns(1);
    }
    expect(sink.droppedMs).toBe(1900);
    const [first] = (await once(readable, 'readable')).length === 0 ? [readable.read() as Uint8Array] : [];
    expect(first?.[0]).toBe(95);
  });

  test('tell the writer to wait, and take live audio as it comes', async () => {
    const patient = nodePcmInput({ maxQueueMs: 100 });
    let wrote = 0;
    while (wrote < 1000 && patient.writable.write(bytesOfPcm(frame(wrote)))) wrote++;
    expect(wrote).toBeLessThan(1000);
    const live = nodePcmInput({ maxQueueMs: 100, whenFull: 'drop-oldest' });
    for (let i = 0; i < 50; i++) live.writable.write(bytesOfPcm(frame(i)));
    expect(live.source.droppedMs).toBe(900);
  });

  test('that break make the source fail, and close the sink', async () => {
    const { source, writable } = nodePcmInput();
    writable.on('error', () => {});
    writable.destroy(new Error('the voice is gone'));
    await turns();
    expect(() => source.read(frame(0))).toThrow('the voice is gone');
    const { sink, readable } = nodePcmOutput();
    readable.destroy();
    await turns();
    sink.write(frame(1));
    expect(sink.queuedMs).toBe(0);
  });
});

test('an iterator feeds a call, and live audio drops its oldest', async () => {
  async function* speech() {
    for (let i = 0; i < 30; i++) yield frame(i);
  }
  expect((await play(pcmStreamSource({ maxQueueMs: 100 }, speech()))).length).toBe(4800);
});
