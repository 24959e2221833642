import { parseVqReport, toneLevelDbfs } from '@offhook/rtp-media';
import { expect, test } from 'vitest';
import { describeWithPeers } from './support/peers';
import { SippScenario } from './support/sipp-scenario';
import { changed, described, established, notify, Party, startPhone, until, wait } from './support/sipp-server';
import { callee, expectSuccess } from './support/sipp-stack';

const challenge = { headers: ['WWW-Authenticate: Digest realm="server", nonce="one", qop="auth", algorithm=MD5'] };
const bound = (expires: number) => ({ headers: [`Contact: <[$target]>;expires=${expires}`] });

/** A line of the phone at a SIPp that is its server. */
const lineAt = (port: number, user = 'bob') => ({
  user: `sip:${user}@example.com`,
  server: `sip:127.0.0.1:${port}`,
  username: 'agent',
  password: 'secret',
});

describeWithPeers(['sipp'], 'SIPp as the server: registration', () => {
  test('one for each line, with digest, refreshed in time, and taken back when the endpoint stops', async () => {
    const { endpoint } = await startPhone();
    const credentials = ['agent', 'secret'] as const;
    const registrar = await callee(
      new SippScenario('registrar', 'uas')
        .request('REGISTER', { check: ['^REGISTER sip:example.com', 'CSeq: 1 REGISTER'] })
        .answer('401 Unauthorized', challenge)
        .request('REGISTER', { credentials, check: ['CSeq: 2 REGISTER'] })
        .answer('200 OK', bound(2))
        .request('REGISTER', { credentials, check: ['CSeq: 3 REGISTER'], never: ['expires=0'] })
        .answer('200 OK', bound(3600))
        .request('REGISTER', { credentials, check: ['CSeq: 4 REGISTER', 'expires=0|Expires: 0'] })
        .answer('200 OK', { without: ['Contact'] }),
      { calls: 2 },
    );
    const lines = ['bob', 'carol'].map((user) => endpoint.addConnection(lineAt(registrar.port, user)));
    await Promise.all(lines.map((line) => line.register()));
    expect(lines.map(({ state }) => state)).toEqual(['registered', 'registered']);
    await wait(3000);
    expect(lines.map(({ state }) => state)).toEqual(['registered', 'registered']);
    await endpoint.stop();
    await expectSuccess(registrar);
  });

  test('is tried again after its interval (reg_interval) when the server refuses', async () => {
    const { endpoint } = await startPhone();
    const registrar = await callee(
      new SippScenario('refusing-registrar', 'uas')
        .request('REGISTER')
        .answer('503 Service Unavailable')
        .request('REGISTER')
        .answer('200 OK', bound(3600))
        .request('REGISTER')
        .answer('200 OK', { without: ['Contact'] }),
    );
    const line = endpoint.addConnection({ ...lineAt(registrar.port), retryInterval: 1000 });
    await expect(line.register()).rejects.toMatchObject({ status: 503 });
    await until(() => line.state === 'registered', 'the line is registered after all');
    await endpoint.stop();
    await expectSuccess(registrar);
  });
});

describeWithPeers(['sipp'], 'SIPp as the server: challenges', () => {
  test('the re-INVITE of a hold that it asked for, and the BYE, in a call that came by a line with a password', async () => {
    const { endpoint, controlled } = await startPhone();
    endpoint.addConnection({ user: 'sip:bob@example.com', server: '127.0.0.1', password: 'secret', expires: 0 });
    endpoint.on('call', (each) => each.on('held', () => void each.hangup()));
    const credentials = ['bob', 'secret'] as const;
    await controlled(
      new SippScenario('challenging-server', 'uac')
        .with(established())
        .with(notify('hold', 3))
        .request('INVITE')
        .reply('401 Unauthorized', challenge)
        .request('ACK')
        .request('INVITE', { credentials, check: ['a=sendonly'] })
        .reply('200 OK', described({ direction: 'recvonly' }))
        .request('ACK')
        .request('BYE', { credentials })
        .reply('200 OK'),
    );
  });
});

describeWithPeers(['sipp'], 'SIPp as the server: digits', () => {
  test('by INFO, both ways', async () => {
    const { call, endpoint } = await startPhone();
    const heard: string[] = [];
    let sent: Promise<void> | undefined;
    endpoint.on('call', (each) => {
      each.on('dtmf', ({ digit, method }) => heard.push(`${digit} ${method}`));
      sent = each.established.then(() => each.sendDtmf('7', { method: 'info' }));
    });
    const sipp = await call(
      new SippScenario('digits-by-info', 'uac')
        .with(established())
        .request('INFO', { check: ['application/dtmf-relay', 'Signal=7'] })
        .reply('200 OK')
        .sendInside('INFO', { sequence: 3, body: ['application/dtmf-relay', 'Signal=3\nDuration=160'] })
        .response(200)
        // A digit lasts longer than its INFO.
        .pause(1000)
        .hangUp(4),
    );
    await expectSuccess(sipp);
    await sent;
    expect(heard).toEqual(['3 info']);
  });

  test('as telephone events (RFC 4733), and as tones in the audio, to where the server says', async () => {
    const { call, endpoint } = await startPhone();
    const party = await Party.open();
    const sipp = await call(
      new SippScenario('digits-by-rtp', 'uac').with(established(described({ port: party.port }))).hungUp(),
    );
    await party.hears();
    const [ours] = endpoint.calls;
    await ours!.sendDtmf('5');
    await wait(200);
    const events = party.latest.filter((packet) => (packet[1]! & 127) === 101);
    expect(new Set(events.map((packet) => packet[12]))).toEqual(new Set([5]));
    expect(events.filter((packet) => packet[13]! & 0x80)).toHaveLength(3);
    party.latest.length = 0;
    await ours!.sendDtmf('5', { method: 'inband', durationMs: 400 });
    await wait(200);
    const pcm = Int16Array.from(party.latest.flatMap((packet) => [...packet.subarray(12)].map(linear)));
    for (const hz of [770, 1336]) expect(toneLevelDbfs(pcm, 8000, hz)).toBeGreaterThan(-25);
    await ours!.hangup();
    await expectSuccess(sipp);
  });
});

/** A byte of µ-law as PCM (ITU-T G.711). */
function linear(byte: number): number {
  const bits = ~byte & 255;
  const magnitude = (((bits & 15) << 3) + 132) << ((bits >> 4) & 7);
  return bits & 128 ? 132 - magnitude : magnitude - 132;
}

describeWithPeers(['sipp'], 'SIPp as the server: message waiting and quality', () => {
  test('message waiting is subscribed to, told and given up (RFC 3842)', async () => {
    const { endpoint } = await startPhone();
    const event = ['Event: message-summary'];
    const notifier = await callee(
      new SippScenario('mailbox', 'uas')
        .request('SUBSCRIBE', { check: [...event, 'Accept: .*application/simple-message-summary'] })
        .answer('200 OK', { headers: ['Expires: 600'] })
        .sendInside('NOTIFY', {
          sequence: 1,
          headers: [...event, 'Subscription-State: active;expires=600'],
          body: ['application/simple-message-summary', 'Messages-Waiting: yes\nVoice-Message: 2/8 (0/1)'],
        })
        .response(200)
        .request('SUBSCRIBE', { check: ['Expires: 0'] })
        .reply('200 OK', { headers: ['Expires: 0'] })
        .sendInside('NOTIFY', { sequence: 2, headers: [...event, 'Subscription-State: terminated;reason=timeout'] })
        .response(200),
    );
    const line = endpoint.addConnection({ ...lineAt(notifier.port), expires: 0 });
    const watch = line.events.watchMessages();
    await watch.established;
    await until(() => watch.value?.waiting === true, 'messages wait');
    expect(watch.value).toMatchObject({ counts: { voice: { new: 2, old: 8 } } });
    await watch.stop();
    await expectSuccess(notifier);
  });

  test('the quality of a call is measured, and published to the collector when it is over (RFC 6035)', async () => {
    const collector = await callee(
      new SippScenario('collector', 'uas')
        .request('PUBLISH', {
          check: ['Event: vq-rtcpxr', 'application/vq-rtcpxr', 'VQSessionReport: CallTerm', 'MOSLQ=[1-5]'],
        })
        .answer('200 OK', { headers: ['SIP-ETag: one', 'Expires: 0'] }),
    );
    const { call, endpoint } = await startPhone({
      quality: { collector: `sip:collector@127.0.0.1:${collector.port}`, reports: ['session'] },
    });
    const published: string[] = [];
    endpoint.on('trace', ({ direction, data }) => {
      const text = new TextDecoder().decode(data);
      if (direction === 'sent' && text.startsWith('PUBLISH')) published.push(text.slice(text.indexOf('\r\n\r\n') + 4));
    });
    const party = await Party.open();
    const sipp = await call(
      new SippScenario('measured', 'uac').with(established(described({ port: party.port }))).hungUp(),
    );
    await party.hears(5);
    const [ours] = endpoint.calls;
    for (let at = 0; at < 100; at++) {
      party.send(rtp(at));
      await wait(15);
    }
    expect(ours!.statistics().packetsReceived).toBeGreaterThan(90);
    await ours!.hangup();
    await expectSuccess(sipp, collector);
    expect(parseVqReport(published[0]!)).toMatchObject({ kind: 'session', callId: ours!.callId });
  });

  test('a call that the other party says nothing in is released with the reason, but not while the server holds it', async () => {
    const { controlled } = await startPhone({ inactivityMs: 2000, releaseInactive: true });
    await controlled(
      new SippScenario('inactive', 'uac')
        .with(established())
        .with(changed(3, described({ address: '0.0.0.0' })))
        // A BYE in here would be unexpected.
        .pause(5000)
        .with(changed(4, described()))
        .hungUp({ check: ['Reason: SIP;cause=408'] }),
    );
  });
});

/** A packet of µ-law that is not silence. */
function rtp(at: number): Uint8Array {
  const packet = Buffer.alloc(172);
  packet.writeUInt16BE(0x8000, 0);
  packet.writeUInt16BE(at, 2);
  packet.writeUInt32BE(at * 160, 4);
  packet.writeUInt32BE(77, 8);
  for (let index = 12; index < packet.length; index++) packet[index] = (index * 7) & 255;
  return packet;
}
