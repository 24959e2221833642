import { toneSource } from '@offhook/rtp-media';
import { describe, expect, test } from 'vitest';
import type { EndpointOptions } from '../endpoint/endpoint-options';
import { rejectUnlessAvailable, rejectWhenBusy } from '../policies/admission';
import { answerIfAvailable, answerWhenAsked } from '../policies/auto-answer';
import { establishedLeg, ringingLeg } from '../testing/server-leg';
import { wireSdp } from '../testing/wire-peer';

describe('a second call', () => {
  test('while the first talks rings, and is answered by talk in its own dialog; the first goes on', async () => {
    const { leg, another, endpoint, lab } = await establishedLeg();
    const second = another();
    await second.invite(wireSdp({ port: 7400 }));
    expect(second.call.state).toBe('alerting');
    await second.notify('talk');
    await second.ack();
    expect(endpoint.calls.map(({ state }) => state)).toEqual(['connected', 'connected']);
    expect(lab.media[0]!.localPort).not.toBe(lab.media[1]!.localPort);
    expect([leg.call.heldBy, second.call.heldBy]).toEqual([undefined, undefined]);
  });

  test('while the first is held: talk on each dialog moves the audio there, and hold takes it away', async () => {
    const { leg, another, server, sends } = await establishedLeg();
    await leg.reinvite(wireSdp({ address: '0.0.0.0', version: 2 }));
    const consultation = another();
    await consultation.establish(wireSdp({ port: 7400 }));
    expect(Object.keys(await sends())).toEqual(['10.0.0.200:7400']);
    await consultation.notify('hold');
    const hold = server.requests('INVITE').at(-1)!;
    expect(hold.callId).toBe(consultation.callId);
    await server.respond(hold, 200, { sdp: wireSdp({ port: 7400, direction: 'inactive', version: 2 }) });
    await leg.reinvite(wireSdp({ version: 3 }));
    expect(Object.keys(await sends())).toEqual(['10.0.0.200:7000']);
    expect([leg.call.state, consultation.call.state]).toEqual(['connected', 'held']);
  });

  test('that is answered takes what people talk with, and the first is put on hold where that is wanted', async () => {
    const source = toneSource({ frequencies: [440] });
    const { leg, another, server, endpoint } = await establishedLeg({ device: { source }, holdOthers: true });
    expect(leg.call.audio.source).toBe(source);
    const second = another();
    await second.establish(wireSdp({ port: 7400 }));
    const hold = server.requests('INVITE').at(-1)!;
    expect(hold.callId).toBe(leg.callId);
    expect(hold.text).toContain('a=sendonly');
    await server.respond(hold, 200, { sdp: wireSdp({ direction: 'recvonly', version: 2 }) });
    expect(endpoint.focus).toBe(second.call);
    expect([leg.call.heldBy, second.call.heldBy]).toEqual(['local', undefined]);
  });

  test('is heard as call waiting at the ringer, where there is one, and as nothing where that is not wanted', async () => {
    for (const callWaiting of [undefined, false] as const) {
      let loudest = 0;
      const write = (frame: Int16Array) => void (loudest = Math.max(loudest, ...frame));
      const ringer = { sampleRate: 8000, write };
      const { another, lab } = await establishedLeg({
        ringing: { ringer, ...(callWaiting === false && { callWaiting }) },
      });
      loudest = 0;
      await another().invite();
      await lab.clock.advance(1000);
      expect(loudest > 500).toBe(callWaiting !== false);
    }
  });

  test('is refused 486 where there is no call waiting, and taken once the first is over', async () => {
    const { leg, another, endpoint } = await establishedLeg({ admission: rejectWhenBusy() });
    const refused = another();
    await refused.invite();
    expect(refused.answer!.status).toBe(486);
    expect(endpoint.calls).toHaveLength(1);
    await leg.bye();
    const taken = another();
    await taken.invite();
    expect(taken.call.state).toBe('alerting');
  });

  test('talk, hold and BYE of one call leave the other alone', async () => {
    const { leg, another, lab } = await establishedLeg();
    const second = another();
    await second.establish(wireSdp({ port: 7400 }));
    const states: string[] = [];
    leg.call.on('state', (state) => states.push(state));
    await second.reinvite(wireSdp({ address: '0.0.0.0', version: 2 }));
    await second.bye();
    await lab.clock.advance(1000);
    expect(states).toEqual([]);
    expect(leg.call.state).toBe('connected');
  });
});

describe('headset gating', () => {
  test('without a headset calls are refused 480, or with the code that was chosen, and with one they ring', async () => {
    for (const [status, options] of [
      [480, {}],
      [404, { code: 404 }],
    ] as [number, { code?: number }][]) {
      let headset = false;
      const admission = rejectUnlessAvailable(() => headset, options.code);
      const { leg, another } = await ringingLeg({ admission });
      expect(leg.answer!.status).toBe(status);
      headset = true;
      const next = another();
      await next.invite();
      expect(next.call.state).toBe('alerting');
    }
  });

  test('auto-answer waits for a headset: the call rings, and talk answers it', async () => {
    const asked: [string, string][] = [['Answer-Mode', 'Auto']];
    const options: EndpointOptions = { autoAnswer: answerIfAvailable(answerWhenAsked(), () => false) };
    const { leg, call } = await ringingLeg(options, undefined, asked);
    expect(call.state).toBe('alerting');
    await leg.notify('talk');
    await leg.ack();
    expect(call.state).toBe('connected');
  });
});
