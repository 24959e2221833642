import type { EchoCall } from '@offhook/call-control';
import type { Call, Endpoint } from '@offhook/endpoint';
import { wavFileSource } from '@offhook/rtp-media';
import { round } from '../call-facts';
import type { CommandContext } from '../command-context';
import { speechFile } from '../package-files';
import { openRecording } from '../recording';
import { timeLimit } from '../time-limit';
import { compareWithSpeech } from './compare-with-speech';
import type { DemoWorld } from './demo-world';
import type { Measurements } from './measurements';

/** How long, in s, the demonstration waits for a step that ought to take milliseconds. */
const patience = 5;
/** How long, in ms, the recording goes on after the speech: the echo is later than it. */
const echoTail = 1000;
/** How long, in ms, the call is held. */
const holdTime = 800;

/** The call of the demonstration, step by step; each step notes what it found in the measurements. */
export class DemoCall {
  readonly #context: CommandContext;
  readonly #world: DemoWorld;
  readonly #phone: Endpoint;
  readonly #measured: Measurements;

  constructor(context: CommandContext, world: DemoWorld, phone: Endpoint, measured: Measurements) {
    this.#context = context;
    this.#world = world;
    this.#phone = phone;
    this.#measured = measured;
  }

  /** Runs all steps. Throws what made one impossible, or the interruption's reason. */
  async run(recording: string): Promise<void> {
    const measured = this.#measured;
    const connection = this.#phone.addConnection({
      user: this.#world.address,
      server: this.#world.server,
      password: this.#world.password,
    });
    this.#say('register', `Registering ${this.#world.address} with digest authentication`);
    await this.#step('The server did not answer', connection.register());
    measured.registered = connection.state === 'registered' && this.#world.isRegistered;

    const { call, far, speech } = await this.#talk(connection, recording);
    await this.#hold(call, far);
    await this.#dial(call, far);
    await this.#hangUp(call, far);

    this.#say('unregister', 'Removing the registration');
    await this.#step('The server did not answer', connection.unregister());
    measured.unregistered = connection.state === 'unregistered' && !this.#world.isRegistered;

    const { correlation, delayMs } = await compareWithSpeech(speech, recording);
    measured.audioCorrelation = Math.round(correlation * 1000) / 1000;
    measured.echoDelayMs = round(delayMs);
  }

  /** Calls, plays the speech and records what comes back. */
  async #talk(connection: ReturnType<Endpoint['addConnection']>, recording: string) {
    const measured = this.#measured;
    const speech = await wavFileSource(speechFile);
    const recorder = await openRecording(recording, undefined);
    measured.recording = recording;
    try {
      this.#say('call', 'Calling echo, playing speech and recording what comes back');
      const far = new Promise<EchoCall>((resolve) => this.#world.echo.once('call', resolve));
      const started = performance.now();
      const call = connection.call('echo', { source: speech, sink: recorder });
      const played = new Promise<void>((resolve) => call.audio.once('sourceEnded', () => resolve()));
      await this.#step('Nobody answered the call', call.established);
      measured.established = true;
      measured.timeToAnswerMs = round(performance.now() - started);
      const { codec } = call.snapshot;
      if (codec !== undefined) measured.codec = codec;
      const { timeToAnswerMs } = measured;
      this.#context.output.event({ type: 'established', callId: call.callId, codec, timeToAnswerMs });
      await this.#step('The speech did not end', played, speech.durationMs / 1000 + patience);
      await this.#pause(echoTail);
      call.audio.removeSink(recorder);
      return { call, far: await far, speech };
    } finally {
      await recorder.close();
    }
  }

  async #hold(call: Call, far: EchoCall): Promise<void> {
    const measured = this.#measured;
    this.#say('hold', 'Holding');
    await this.#step('The other side did not answer the hold', call.hold());
    measured.holdConfirmed = call.state === 'held' && far.held;
    await this.#pause(holdTime);
    this.#say('retrieve', 'Retrieving');
    const before = call.statistics().packetsReceived;
    await this.#step('The other side did not answer the retrieve', call.retrieve());
    await this.#until(() => call.statistics().packetsReceived > before);
    measured.retrieved = call.state === 'connected' && !far.held && call.statistics().packetsReceived > before;
  }

  async #dial(call: Call, far: EchoCall): Promise<void> {
    const measured = this.#measured;
    this.#say('dtmf', `Dialling ${measured.dtmfSent}`);
    await this.#step('The digits were not sent', call.sendDtmf(measured.dtmfSent), 2 * patience);
    await this.#until(() => far.digits.length >= measured.dtmfSent.length);
    measured.dtmfReceived = far.digits;
  }

  async #hangUp(call: Call, far: EchoCall): Promise<void> {
    const measured = this.#measured;
    this.#say('hangup', 'Hanging up');
    const farEnded = new Promise<void>((resolve) => far.once('ended', resolve));
    const end = await this.#step('The other side did not answer the hang-up', call.hangup());
    await this.#step('The other side did not hang up', farEnded);
    const { packetsSent, packetsReceived, packetsLost, jitterMs, roundTripMs } = end.statistics;
    measured.hungUp = end.by === 'local' && end.error === undefined;
    Object.assign(measured, { packetsSent, packetsReceived, packetsLost, jitterMs: round(jitterMs) });
    if (roundTripMs !== undefined) measured.roundTripMs = round(roundTripMs);
  }

  #say(step: string, text: string): void {
    const { output, style } = this.#context;
    output.event({ type: 'step', step }, style.strong(`\n${text}`));
  }

  #step<T>(failure: string, work: Promise<T>, seconds = patience): Promise<T> {
    return timeLimit(seconds, failure, this.#context.interruption.signal).race(work);
  }

  #pause(ms: number): Promise<void> {
    return this.#step('', new Promise((resolve) => setTimeout(resolve, ms)));
  }

  /** Gives what is still on its way a moment to arrive. */
  async #until(condition: () => boolean): Promise<void> {
    for (let waited = 0; waited < 1000 && !condition(); waited += 20) await this.#pause(20);
  }
}
