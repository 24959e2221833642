import { expect, test } from 'vitest';
import { startBaresip } from './support/baresip';
import { describeWithPeers } from './support/peers';
import { seconds, TestPhone } from './support/phones';
import { heardSpeech, speechFile } from './support/speech';

/** dBFS of a tone that is heard; what is not there lies far below. */
const HEARD = -25;

describeWithPeers(['baresip'], 'transfers with baresip', () => {
  test('we transfer it to a third phone (REFER): the two talk, and we are told', async () => {
    const baresip = await startBaresip({ play: speechFile });
    const [alice, carol] = [await TestPhone.start(440), await TestPhone.start(1000)];
    const call = await alice.call(baresip.uri);
    const progress: number[] = [];
    call.on('transferProgress', (status) => progress.push(status));
    const end = await call.transfer(carol.uri);
    expect(end).toMatchObject({ outcome: 'succeeded' });
    expect(progress).toContain(100);
    await seconds(3);
    expect(alice.endpoint.calls).toEqual([]);
    expect(carol.endpoint.calls).toHaveLength(1);
    await carol.endpoint.calls[0]!.hangup();
  });

  test('it transfers us to a third phone: we call that, and hear it', async () => {
    const baresip = await startBaresip({ play: speechFile });
    const [alice, carol] = [await TestPhone.start(440), await TestPhone.start(1000)];
    const call = await alice.call(baresip.uri);
    await seconds(1);
    expect(alice.level(carol.hz)).toBeLessThan(HEARD);
    await baresip.command('transfer', carol.uri);
    await call.ended;
    await expect.poll(() => carol.endpoint.calls[0]?.state, { timeout: 5000 }).toBe('connected');
    alice.forget();
    await expect.poll(() => alice.level(carol.hz), { timeout: 5000 }).toBeGreaterThan(HEARD);
    expect(carol.level(alice.hz)).toBeGreaterThan(HEARD);
    await carol.endpoint.calls[0]!.hangup();
  });

  test('we hold it and take it back: it says nothing meanwhile', async () => {
    const baresip = await startBaresip({ play: speechFile });
    const alice = await TestPhone.start(440);
    const call = await alice.call(baresip.uri);
    await seconds(1);
    await call.hold();
    expect(call.heldBy).toBe('local');
    await seconds(0.5);
    const held = call.statistics().packetsReceived;
    await seconds(1);
    expect(call.statistics().packetsReceived - held).toBeLessThan(5);
    await call.retrieve();
    await seconds(1.5);
    expect(call.statistics().packetsReceived - held).toBeGreaterThan(30);
    await call.hangup();
    await baresip.event('CALL_CLOSED');
  });

  test('it holds us and takes us back: we hear nothing of it meanwhile', async () => {
    const baresip = await startBaresip({ play: speechFile });
    const alice = await TestPhone.start(440);
    const call = await alice.call(baresip.uri);
    await seconds(1);
    await baresip.command('hold');
    await expect.poll(() => call.heldBy, { timeout: 5000 }).toBe('remote');
    const before = call.statistics().packetsReceived;
    await seconds(1);
    expect(call.statistics().packetsReceived - before).toBeLessThan(5);
    await baresip.command('resume');
    await expect.poll(() => call.heldBy, { timeout: 5000 }).toBeUndefined();
    await seconds(4);
    await call.hangup();
    await baresip.event('CALL_CLOSED');
    expect(heardSpeech(baresip.recording('enc'))).toBeGreaterThan(0.5);
  });
});
