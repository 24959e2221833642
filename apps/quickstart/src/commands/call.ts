import type { Call, CallEnd, DtmfMethod, Endpoint } from '@offhook/endpoint';
import { type WavRecorder, wavFileSource } from '@offhook/rtp-media';
import { SipUri } from '@offhook/sip-core';
import { Command, Option } from 'commander';
import { audioFacts, audioLine, round } from '../call-facts';
import type { CommandContext } from '../command-context';
import { addLine } from '../line';
import { type AccountOptions, addAccountOptions } from '../options/account';
import { addCodecOption, useCodecs } from '../options/codecs';
import { addExamples, addJsonOption } from '../options/common';
import { addMediaOptions } from '../options/media';
import { addNetworkOptions } from '../options/network';
import { sipUri, withTransport } from '../options/sip-uri';
import { addTracingOptions } from '../options/tracing';
import { dtmfDigits, header, seconds } from '../options/values';
import { type PhoneOptions, withPhone } from '../phone';
import { openRecording } from '../recording';
import { type Facts, runCommand } from '../run-command';
import { timeLimit } from '../time-limit';

interface Options extends PhoneOptions, AccountOptions {
  readonly from?: SipUri;
  readonly server?: SipUri;
  readonly play?: string;
  readonly record?: string;
  readonly dtmf?: string;
  readonly dtmfMethod: DtmfMethod | 'auto';
  readonly duration?: number;
  readonly header?: [string, string][];
  readonly timeout: number;
}

/** How long, in ms, a call goes on after all was played and sent, so that what comes back is heard to its end. */
const linger = 500;

/** `offhook call URI`: places one call. */
export function callCommand(context: CommandContext): Command {
  const command = new Command('call')
    .summary('place a call')
    .description(
      'Places a call. It ends after --duration; without it when --play and --dtmf are done; without those ' +
        'too when the other side hangs up or the command is stopped.',
    )
    .argument('<uri>', 'SIP URI to call, such as sip:bob@example.com', sipUri)
    .option('--from <uri>', 'our own address', sipUri)
    .option('--server <uri>', 'server to send the call to (default: the host of the URI)', sipUri)
    .option('--play <file.wav>', 'what the other side hears (default: silence)')
    .option('--record <file.wav>', 'where to record what the other side says')
    .option('--dtmf <digits>', 'digits to send once answered; a comma is a pause of a second', dtmfDigits)
    .addOption(
      new Option('--dtmf-method <name>', 'how to send them: what the other side takes, or one of these')
        .choices(['auto', 'rfc4733', 'info', 'info-dtmf', 'inband'])
        .default('auto'),
    )
    .option('--duration <seconds>', 'how long to talk', seconds)
    .option('--header <name: value>', 'header to add to the INVITE; may be repeated', header)
    .option('--timeout <seconds>', 'how long to wait for an answer', seconds, 60);
  addMediaOptions(addCodecOption(command));
  addAccountOptions(command);
  addNetworkOptions(command);
  addTracingOptions(addJsonOption(command));
  addExamples(command, [
    'call sip:bob@192.0.2.10 --play hello.wav --record reply.wav',
    'call sip:600@pbx.example.com --from sip:alice@pbx.example.com --password secret --dtmf 1234#',
    'call sip:echo@127.0.0.1 --duration 5 --codec PCMA --json',
    'call sips:bob@pbx.example.com --srtp mandatory --codec opus,PCMU --play hello.wav',
    'call sip:bob@example.com --ice-server stun:stun.example.com --srtp elective --keying dtls',
  ]);
  return command.action((uri: SipUri, options: Options) =>
    runCommand(context, 'call', async (facts) => {
      await useCodecs(options);
      // Before anything is sent: a file that cannot be used must not make a phone ring.
      const source = options.play === undefined ? undefined : await wavFileSource(options.play);
      const recorder = options.record === undefined ? undefined : await openRecording(options.record, options.codec);
      try {
        return await withPhone(context, { ...options, toward: options.server ?? uri }, (phone) =>
          placeCall(context, phone, uri, { ...options, source, recorder }, facts),
        );
      } finally {
        await recorder?.close();
      }
    }),
  );
}

interface Media {
  readonly source: Awaited<ReturnType<typeof wavFileSource>> | undefined;
  readonly recorder: WavRecorder | undefined;
}

async function placeCall(
  context: CommandContext,
  phone: Endpoint,
  callee: SipUri,
  options: Options & Media,
  facts: Facts,
): Promise<string> {
  const { output, interruption } = context;
  const { source, recorder, server } = options;
  const uri = withTransport(callee, options.transport).toString();
  const limit = timeLimit(options.timeout, `${uri} did not answer the call`, interruption.signal);
  Object.assign(facts, { uri, established: false });
  const from = callerOf(options, callee);
  const connection = from && addLine(phone, from, { ...options, ...(server && { server }), expires: 0 });
  const started = performance.now();
  const call = phone.call(uri, {
    signal: limit.signal,
    ...(connection && { connection }),
    ...(options.header && { headers: options.header }),
    ...(source && { source }),
    ...(recorder && { sink: recorder }),
  });
  const played = new Promise<void>((resolve) => call.audio.on('sourceEnded', () => resolve()));
  follow(context, call);
  facts.callId = call.callId;
  output.event({ type: 'calling', uri, callId: call.callId }, `Calling ${uri}`);

  await call.established.finally(() => limit.lift());
  const timeToAnswerMs = round(performance.now() - started);
  const { codec } = call.snapshot;
  Object.assign(facts, { established: true, timeToAnswerMs, codec });
  output.event({ type: 'established', callId: call.callId, codec, timeToAnswerMs }, `Answered, ${codec}`);

  await Promise.race([call.ended, interruption.asked, talked(call, options, source ? played : undefined)]);
  const end = await call.hangup();
  return conclude(context, call, end, options, facts);
}

/** Our address: what was given, else one of the callee's domain when a server or an account needs one. */
function callerOf({ from, user, password, server }: Options, callee: SipUri): SipUri | undefined {
  const needed = user !== undefined || password !== undefined || server !== undefined;
  return from ?? (needed ? new SipUri({ scheme: 'sip', user: user ?? 'offhook', host: callee.host }) : undefined);
}

function follow({ output }: CommandContext, call: Call): void {
  call.on('progress', ({ status, reason }) =>
    output.event({ type: 'progress', status, reason }, `${status} ${reason}`),
  );
  call.on('dtmf', (digit) => output.event({ type: 'dtmf', ...digit }, `Digit ${digit.digit}`));
  call.on('inactive', (ms) => output.event({ type: 'inactive', ms }, `No audio came for ${Math.round(ms / 1000)} s`));
  call.on('held', ({ by }) => output.event({ type: 'held', by }, by === 'remote' ? 'Put on hold' : undefined));
  call.on('retrieved', ({ by }) => output.event({ type: 'retrieved', by }, by === 'remote' ? 'Retrieved' : undefined));
}

/** Resolves when this side has nothing more to say. */
async function talked(call: Call, options: Options, played: Promise<void> | undefined): Promise<void> {
  const { duration, dtmf, dtmfMethod } = options;
  const sent = dtmf === undefined ? undefined : send(call, dtmf, dtmfMethod);
  if (duration !== undefined) return Promise.race([pause(duration * 1000), ...(sent ? [sent.then(forever)] : [])]);
  if (!played && !sent) return forever();
  await Promise.all([played, sent]);
  await pause(linger);
}

/** Digits that the end of the call cuts off are no failure. */
async function send(call: Call, digits: string, method: Options['dtmfMethod']): Promise<void> {
  try {
    await call.sendDtmf(digits, { method });
  } catch (error) {
    if (call.state !== 'disconnected') throw error;
  }
}

const forever = () => new Promise<never>(() => {});

function conclude(context: CommandContext, call: Call, end: CallEnd, options: Options, facts: Facts): string {
  const durationMs = round(end.durationMs);
  const ended = { endedBy: end.by, durationMs, ...audioFacts(end.statistics) };
  Object.assign(facts, ended, options.record !== undefined && { recording: options.record });
  context.output.event({ type: 'ended', callId: call.callId, ...ended });
  if (end.error) throw end.error;
  const openEnded = options.duration === undefined && options.play === undefined && options.dtmf === undefined;
  // A call without an end of its own is ended by Ctrl-C; any other is cut short by it.
  if (context.interruption.signal.aborted && !openEnded) throw context.interruption.signal.reason;
  const who = end.by === 'remote' ? 'The other side hung up' : 'Hung up';
  return `${who} after ${(durationMs / 1000).toFixed(1)} s: ${audioLine(end.statistics)}`;
}

const pause = (ms: number) =>
  new Promise<void>((resolve) => {
    // A call that ends before must not keep the process waiting.
    setTimeout(resolve, ms).unref();
  });
