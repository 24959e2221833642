import {
  type Clock,
  type InviteSession,
  type OutgoingSession,
  type SessionEnd,
  SipStack,
  type SipStackOptions,
  systemClock,
} from '@offhook/sip-core';
import { TcpTransport, UdpTransport } from '@offhook/sip-core/node';
import { ScriptedMedia } from '@offhook/sip-core/testing';
import { expect, onTestFinished } from 'vitest';
import { type Sipp, type SippOptions, startSipp } from './sipp';
import type { SippScenario } from './sipp-scenario';

/** Who this side is. */
export const OFFHOOK = 'sip:offhook@127.0.0.1';

/** Seconds after which SIPp gives up. */
const PATIENCE = 30;

/** A stack for the current test, over UDP and TCP of 127.0.0.1. */
export async function startStack(options: Partial<SipStackOptions> = {}): Promise<SipStack> {
  const local = { host: '127.0.0.1' };
  const stack = new SipStack({ transports: [new UdpTransport(local), new TcpTransport(local)], ...options });
  await stack.start();
  onTestFinished(async () => {
    await stack.close(100);
    expect(stack.load, 'What a stack leaves behind when it is closed').toMatchObject({
      sessions: 0,
      transactions: 0,
      features: 0,
    });
    expect(stack.dialogs.size, 'Dialogs of a stack that is closed').toBe(0);
  });
  return stack;
}

/** Where a stack listens. */
export function addressOf(stack: SipStack, protocol: 'UDP' | 'TCP' = 'UDP'): string {
  return `127.0.0.1:${stack.transports.find((transport) => transport.protocol === protocol)!.local.port}`;
}

type Others = Partial<SippOptions>;

/** SIPp sends requests to a stack. */
export const caller = (stack: SipStack, scenario: SippScenario, options: Others = {}): Promise<Sipp> =>
  startSipp({
    scenario,
    remote: addressOf(stack, options.transport === 't1' ? 'TCP' : 'UDP'),
    service: 'offhook',
    timeout: PATIENCE,
    ...options,
  });

/** SIPp waits for requests. */
export const callee = (scenario: SippScenario, options: Others = {}): Promise<Sipp> =>
  startSipp({ scenario, timeout: PATIENCE, ...options });

/** SIPp's address. */
export const uriOf = ({ port }: Pick<Sipp, 'port'>, parameters = ''): string =>
  `sip:sipp@127.0.0.1:${port}${parameters}`;

/** Every one of them has come to the end of its scenario, once for each call. */
export async function expectSuccess(...sipps: readonly Sipp[]): Promise<void> {
  for (const result of await Promise.all(sipps.map((sipp) => sipp.result))) {
    expect(result, result.report).toMatchObject({ exitCode: 0, failed: 0 });
    expect(result.successful, result.report).toBeGreaterThan(0);
  }
}

/** SIPp sends requests to a stack, and comes to the end of its scenario. */
export const expectCaller = async (stack: SipStack, scenario: SippScenario, options: Others = {}): Promise<void> =>
  expectSuccess(await caller(stack, scenario, options));

/** A call from a stack, with media that are texts. */
export function call(
  stack: SipStack,
  sipp: Pick<Sipp, 'port'> | string,
  options: Partial<Parameters<SipStack['invite']>[0]> = {},
): OutgoingSession {
  const uri = typeof sipp === 'string' ? sipp : uriOf(sipp);
  return stack.invite({ uri, from: OFFHOOK, offerAnswer: new ScriptedMedia('offhook'), ...options });
}

/** Answers the calls that come to a stack. @param prepare what happens to each before it is answered */
export function answering(stack: SipStack, prepare: (session: InviteSession) => void = () => {}): InviteSession[] {
  const sessions: InviteSession[] = [];
  stack.on('invite', (session) => {
    sessions.push(session);
    session.offerAnswer = new ScriptedMedia('offhook');
    prepare(session);
    session.accept().catch(() => {});
  });
  return sessions;
}

/** Resolves when a session is established; rejects with what has ended it otherwise. */
export function established(session: InviteSession): Promise<void> {
  return new Promise((resolve, reject) => {
    if (session.state === 'confirmed') resolve();
    session.on('established', resolve);
    session.on('ended', (end) => reject(end.error ?? new Error(`The call ended: ${JSON.stringify(end.by)}.`)));
  });
}

/** Resolves with how a session ends. */
export const ended = (session: InviteSession): Promise<SessionEnd> =>
  new Promise((resolve) => session.on('ended', resolve));

/** A clock on which this many seconds pass in one: what takes minutes is seen in a moment, with timers set accordingly. */
export const hastyClock = (factor: number): Clock => ({
  now: () => systemClock.now() * factor,
  date: () => systemClock.date(),
  setTimer: (delay, callback) => systemClock.setTimer(delay / factor, callback),
});
