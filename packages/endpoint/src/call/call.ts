import {
  type AudioStatistics,
  type CallQuality,
  type DtmfDigit,
  DtmfReports,
  type QualityAlarm,
} from '@offhook/rtp-media';
import type { NegotiatedAudio } from '@offhook/sdp';
import type { Clock, Headers, SipMessage, SipResponse } from '@offhook/sip-core';
import { CallRecording, type RecordingSettings } from '../audio/call-recording';
import { CallError } from '../errors/call-error';
import { EndpointError } from '../errors/endpoint-error';
import { eventHeaders } from '../in-dialog/capabilities';
import { answerInDialog } from '../in-dialog/in-dialog-requests';
import { candidatesOf } from '../in-dialog/trickle-ice';
import type { CallAudio } from '../media/call-audio';
import { Observable } from '../observable/observable';
import { CallQualityWatch } from '../quality/call-quality';
import type { IncomingSipSession, SipIncomingReferral, SipSession, SipSessionEnd } from '../sip/sip-session';
import { Referral } from '../transfer/referral';
import { type TransferEnd, type TransferOptions, transfer } from '../transfer/transfer';
import { answerModeHeaders } from './answer-mode';
import { CallDtmf } from './call-dtmf';
import type { CallEnd } from './call-end';
import type { CallEvents } from './call-events';
import { type CallFacts, callFacts } from './call-facts';
import { callErrorOf, failureOf } from './call-failure';
import type { CallHost, CallInit } from './call-init';
import type { CallMedia } from './call-media';
import type { AnswerOptions, HeadersOption, RingOptions, SendDigitsOptions } from './call-options';
import type { CallSnapshot } from './call-snapshot';
import { type CallInput, type CallState, isEstablished, nextCallState } from './call-state';
import { CallVolumes } from './call-volumes';
import { type CollectedDigits, type CollectOptions, collectDigits } from './collect-digits';
import { Deferred } from './deferred';
import { watch } from './give-up';
import { headerList } from './header-list';
import { type HeldBy, HoldControl, type HoldOptions } from './hold-control';
import { contactHeaders, deflectionHeaders } from './redirection';
import { type RemoteParty, remoteParty } from './remote-party';

/**
 * One call. Outgoing ones come from {@link Endpoint.call}, incoming ones with the endpoint's `call` event.
 *
 * Every method may be called at any time: what makes no sense in the call's state throws, or rejects with, CallError
 * `ERR_CALL_STATE`; hanging up always makes sense.
 */
export class Call extends Observable<CallEvents, CallSnapshot> {
  /** Unique in the endpoint. */
  readonly id: string;
  readonly direction: 'outgoing' | 'incoming';
  /** Sources, sinks and measures of the call's audio. */
  readonly audio: CallAudio;
  /** The other party. */
  readonly remote: RemoteParty;
  /**
   * Resolves with the call once it is established; rejects with CallError (see {@link CallErrorCode}) when it ends before,
   * or with the reason of the signal that gave it up. Need not be listened to.
   */
  readonly established: Promise<Call>;
  /** Resolves once the call is over and its media are freed; never rejects. */
  readonly ended: Promise<CallEnd>;

  /** Incoming: the call that this one is to take the place of (RFC 3891), such as in an attended transfer; it ends when this one is answered. */
  readonly replaces: Call | undefined;

  readonly #session: SipSession;
  readonly #host: CallHost;
  readonly #line: CallInit['line'];
  readonly #incoming: IncomingSipSession | undefined;
  readonly #media: CallMedia;
  readonly #clock: Clock;
  readonly #remoteControl: boolean;
  readonly #hold: HoldControl;
  readonly #dtmf: CallDtmf;
  /** A peer may send a digit in RTP and by INFO as well. */
  readonly #digits = new DtmfReports(
    (press) => this.emit('dtmfStart', press),
    (digit) => this.emit('dtmf', digit),
    (method) => (method === 'info' || method === 'info-dtmf' ? 'INFO' : 'RTP'),
  );
  readonly #established = new Deferred<Call>();
  readonly #ended = new Deferred<CallEnd>();
  readonly #stopWatching: () => void;
  #state: CallState;
  #facts: CallFacts | undefined;
  #quality: CallQualityWatch | undefined;
  #heldBy: HeldBy | undefined;
  #ringing = false;
  #earlyMedia = false;
  #uuid: string | undefined;
  #establishedAt: number | undefined;
  #failure: CallError | undefined;
  #end: CallEnd | undefined;

  /** @internal */
  constructor(init: CallInit) {
    super();
    const { session, media, clock } = init;
    this.id = init.id;
    this.direction = session.direction;
    this.remote = remoteParty(session.remote);
    this.audio = media.options.audio;
    this.established = this.#established.promise;
    this.ended = this.#ended.promise;
    this.#session = session;
    this.#incoming = 'accept' in session ? session : undefined;
    this.#media = media;
    this.#clock = clock;
    this.#line = init.line;
    this.#host = init.host;
    this.replaces = init.replaces;
    this.#remoteControl = init.remoteControl;
    this.#state = session.direction === 'outgoing' ? 'in-progress' : 'alerting';
    this.#hold = new HoldControl(media, this.audio, () =>
      session.reinvite({ headers: eventHeaders(this.#remoteControl) }),
    );
    this.#dtmf = new CallDtmf({
      session,
      audio: this.audio,
      clock,
      methods: init.dtmfMethods,
      telephoneEvent: () => media.agreed?.telephoneEvent,
    });
    media.inviting = () => session.reinviting || !isEstablished(this.#state);
    media.onAgreed = (agreed) => this.#mediaAgreed(agreed);
    if (session.direction === 'incoming') this.#readUuid(session.invite);
    this.audio.on('dtmfStart', (press) => this.#digits.began(press, clock.now()));
    this.audio.on('dtmf', (digit) => this.#digits.ended(digit, clock.now()));
    this.audio.on('inactive', (ms) => this.emit('inactive', ms));
    this.audio.on('active', () => this.emit('active'));
    this.audio.on('error', (error) => this.emit('error', error));
    session.on('provisional', (response) => this.#progress(response));
    session.on('established', () => this.#nowEstablished());
    session.on('heard', (message) => this.#readUuid(message));
    session.on('request', (transaction) => {
      answerInDialog(transaction, {
        control: (event) => this.#control(event),
        digit: (digit) => this.#informedOf(digit),
        remoteControl: this.#remoteControl,
      });
    });
    session.on('info', (info) => {
      const fragment = candidatesOf(info);
      if (fragment) media.addCandidates(fragment);
    });
    session.on('refer', (referral) => this.#referred(referral));
    session.on('ended', (end) => this.#sessionEnded(end));
    this.#stopWatching = watch({
      clock,
      signal: init.signal,
      timeout: init.timeout,
      answered: this.established,
      aborted: (reason) => {
        this.#established.reject(reason);
        void this.hangup();
      },
      timedOut: (timeout) => {
        const message = `The call was not answered within ${timeout} ms.`;
        this.#failure = new CallError('ERR_CALL_NO_ANSWER', message, { status: 408, reason: 'Request Timeout' });
        void this.hangup();
      },
    });
  }

  /** Where the call stands. */
  get state(): CallState {
    return this.#state;
  }

  /** Who holds the call; undefined while nobody does. */
  get heldBy(): HeldBy | undefined {
    return this.#heldBy;
  }

  /** Header fields of the INVITE that opened the call. */
  get headers(): Headers {
    return this.#session.invite.headers;
  }

  /** What the INVITE says besides: asserted identity, diversions, user-to-user data, a wish for auto-answer. */
  get facts(): CallFacts {
    this.#facts ??= callFacts(this.#session.invite);
    return this.#facts;
  }

  /** Call-ID of its dialog. */
  get callId(): string {
    return this.#session.invite.callId;
  }

  /** Correlation across the calls of a server: `X-Genesys-CallUUID`, as the peer sent it last; it may change. */
  get uuid(): string | undefined {
    return this.#uuid;
  }

  /** The session description that was sent last; it may have keys in it. */
  get localDescription(): string | undefined {
    return this.#media.localDescription;
  }

  /** The session description that was received last, as it came; it may have keys in it. */
  get remoteDescription(): string | undefined {
    return this.#media.remoteDescription;
  }

  /**
   * Incoming: tells the caller that it rings, or what else goes on. With `earlyMedia` it is heard at once (a 183 with an
   * answer).
   *
   * @throws CallError `ERR_CALL_STATE` (through the promise) unless the call is alerting
   */
  async ring(options: RingOptions = {}): Promise<void> {
    this.#require(['alerting'], 'Only an incoming call that has not been answered can ring.');
    const { earlyMedia = false, status = earlyMedia ? 183 : 180, source, sink } = options;
    this.#ringing = true;
    this.#use(source, sink);
    const headers = [...headerList(options.headers), ...eventHeaders(this.#remoteControl)];
    await this.#asCallError(this.#incoming!.ring({ status, headers, earlyMedia }));
    if (earlyMedia) this.#earlyMedia = true;
    this.changed();
  }

  /** Whether {@link ring} was called. @internal */
  get rang(): boolean {
    return this.#ringing;
  }

  /**
   * Incoming: answers. Answering again while it is being answered is answering once.
   *
   * @returns a promise for the established call; it rejects with CallError `ERR_CALL_STATE`, or the reason it failed for
   */
  answer(options: AnswerOptions = {}): Promise<Call> {
    return this.answerAs('Manual', options);
  }

  /** @internal Answers, by a person or by itself. */
  async answerAs(mode: 'Manual' | 'Auto', options: AnswerOptions = {}): Promise<Call> {
    if (this.#state === 'answering') return this.established;
    this.#require(['alerting'], 'Only an incoming call that has not been answered can be answered.');
    const headers = [
      ...headerList(options.headers),
      ...eventHeaders(this.#remoteControl),
      ...answerModeHeaders(this.headers, mode),
    ];
    this.#use(options.source, options.sink);
    this.#input('answer');
    await this.#asCallError(this.#incoming!.accept({ headers }));
    return this.established;
  }

  /**
   * Incoming: refuses.
   *
   * @param status 400 to 699, such as 486 Busy Here (the default), 480 Temporarily Unavailable, 603 Decline
   * @throws CallError `ERR_CALL_STATE` unless the call is alerting; EndpointError `ERR_OPTION` for another status
   */
  reject(status = 486, options: { reason?: string; headers?: HeadersOption } = {}): void {
    this.#require(['alerting'], 'Only an incoming call that has not been answered can be rejected.');
    if (!Number.isInteger(status) || status < 400 || status > 699) {
      throw new EndpointError('ERR_OPTION', `A call is rejected with a status from 400 to 699, not ${status}.`);
    }
    this.#incoming!.reject(status, options.reason, headerList(options.headers));
  }

  /**
   * Incoming: sends the caller elsewhere (302, RFC 3261 §21.3.3).
   *
   * @param contacts SIP URIs, the best first
   * @throws CallError `ERR_CALL_STATE` unless the call is alerting
   */
  redirect(contacts: string | readonly string[], status = 302): void {
    this.#require(['alerting'], 'Only an incoming call that has not been answered can be redirected.');
    const list = typeof contacts === 'string' ? [contacts] : contacts;
    this.#incoming!.reject(status, undefined, contactHeaders(list));
  }

  /**
   * Incoming: sends the caller elsewhere as {@link redirect} does, and says who sent it on and that a person decided so (Diversion with the reason
   * `deflection`, RFC 5806), for the network to follow and the new callee to see.
   *
   * @param target SIP URI
   * @throws CallError `ERR_CALL_STATE` unless the call is alerting
   */
  deflect(target: string): void {
    this.#require(['alerting'], 'Only an incoming call that has not been answered can be deflected.');
    const own = this.#line?.user ?? String(this.#incoming!.invite.to.uri);
    this.#incoming!.reject(302, undefined, deflectionHeaders(target, own));
  }

  /** Ends the call in whatever state: gives it up (CANCEL), hangs it up (BYE), or declines it. Resolves once it is over. */
  async hangup(options: { headers?: HeadersOption } = {}): Promise<CallEnd> {
    if (this.#state !== 'disconnected') {
      const headers = headerList(options.headers);
      await this.#session
        .terminate(headers.length > 0 ? { headers } : {})
        .catch((error: unknown) => this.#report(error));
    }
    return this.ended;
  }

  /**
   * Puts the peer on hold by re-INVITE (RFC 3264 §8.4); does nothing when it is. Nothing of `audio.source` is sent from
   * now on.
   *
   * @throws CallError (through the promise) `ERR_CALL_STATE` unless the call is established, or why the peer refused; the
   *   call then goes on as before
   */
  hold(options?: HoldOptions): Promise<void> {
    return this.#change('A call can be held once it is established.', () => this.#hold.hold(options));
  }

  /**
   * Begins ICE anew by re-INVITE (RFC 8445 §9), as after a change of the network: audio goes on over the way it has until
   * another is found.
   *
   * @throws CallError (through the promise) `ERR_CALL_STATE` unless the call is established and has ICE, or why the peer
   *   refused
   */
  restartIce(): Promise<void> {
    return this.#change('ICE can begin anew once a call is established.', async () => {
      if (!this.#media.hasIce) throw new CallError('ERR_CALL_STATE', 'This call has no ICE that could begin anew.');
      this.#media.restartIce = true;
      return this.#session.reinvite({ headers: eventHeaders(this.#remoteControl) });
    });
  }

  /** @internal The next offer describes us as we are now. */
  networkChanged(): void {
    if (isEstablished(this.#state)) this.#media.networkChanged();
  }

  /**
   * Takes the call off hold by re-INVITE; does nothing when nobody holds it. The peer may keep a hold of its own.
   *
   * @throws CallError (through the promise) as {@link hold}
   */
  retrieve(): Promise<void> {
    return this.#change('A call can be retrieved once it is established.', () => this.#hold.retrieve());
  }

  /**
   * Sends digits, after those still being sent: as telephone events (RFC 4733), tones in the audio, or by INFO.
   *
   * @param digits any of `0`-`9`, `*`, `#`, `A`-`D`, `!` for a hook flash (not as tone), and a comma for a pause
   * @returns a promise for when all were sent; it rejects with MediaError `ERR_DTMF_NOT_NEGOTIATED` when the peer takes
   *   none in that way, `ERR_DTMF_DIGIT`, `ERR_MEDIA_ARGUMENT`, `ERR_MEDIA_DIRECTION` or `ERR_MEDIA_CLOSED`; by INFO with CallError
   *   `ERR_CALL_DTMF`, `ERR_CALL_STATE`, `ERR_CALL_ENDED` or why the request failed; or with the reason of the signal
   */
  async sendDtmf(digits: string, options?: SendDigitsOptions): Promise<void> {
    return this.#dtmf.send(digits, options);
  }

  /**
   * Sends the peer elsewhere, by REFER (RFC 3515): to a target it is to call, or, with another call of ours, into that one's place (RFC 3891): the
   * peers of the two then talk to each other. When that has come about both calls are hung up here; when not, they go on.
   *
   * @param target as {@link Endpoint.call} takes it, or another call that is established
   * @throws CallError (through the promise) `ERR_CALL_STATE` unless the calls are established, `ERR_CALL_TRANSFER`; EndpointError `ERR_OPTION`;
   *   the signal's reason
   */
  async transfer(target: string | Call, options: TransferOptions = {}): Promise<TransferEnd> {
    this.#require(['connected', 'held'], 'A call can be transferred once it is established.');
    const other = target instanceof Call ? target : undefined;
    if (other) other.#require(['connected', 'held'], 'A call can be transferred to another one that is established.');
    const session = this.#session;
    const end = await transfer({
      refer: (to, referOptions) => this.#host.refer(this, session, to, referOptions),
      target: other ? other.#session : (target as string),
      self: this.#line?.from,
      options,
      progress: (status, reason) => this.emit('transferProgress', status, reason),
    });
    await Promise.all([this.hangup(), other?.hangup()]);
    return end;
  }

  /**
   * Records the call into a stereo WAV file, what we say on the left, what the peer says on the right, until stopped or the call is over.
   *
   * @throws MediaError (through the promise) `ERR_RECORDING` when the file cannot be created
   */
  record(path: string, options: RecordingSettings = {}): Promise<CallRecording> {
    return CallRecording.begin(this.audio, path, options);
  }

  /** Waits for digits that the peer presses. Never rejects. */
  collectDigits(options: CollectOptions = {}): Promise<CollectedDigits> {
    return collectDigits(this, this.#clock, options);
  }

  /** Sends silence in place of the source, or the source again. Holds through hold and retrieve. */
  mute(on = true): void {
    this.audio.muted = on;
    this.changed();
  }

  /** Whether {@link mute} is on. */
  get muted(): boolean {
    return this.audio.muted;
  }

  /** How loud the call is to those who talk in it with the endpoint's `device`. */
  readonly volumes = new CallVolumes(
    (gain) => {
      this.audio.gain = gain;
    },
    () => this.changed(),
  );

  /** Measures of the audio so far; all 0 before there was any. */
  statistics(): AudioStatistics {
    return this.audio.statistics();
  }

  /**
   * How good the audio is, and was: losses, jitter, delays, MOS by the E-model, the call as a whole in `total`. Undefined before the call is
   * established, and where quality is not watched.
   */
  get quality(): CallQuality | undefined {
    return this.#quality?.summary;
  }

  /** Measures that are worse now than they may be. */
  get qualityAlarms(): readonly QualityAlarm['measure'][] {
    return this.#quality?.alarms ?? [];
  }

  protected takeSnapshot(): CallSnapshot {
    const codec = this.#media.agreed?.codec.name;
    return {
      id: this.id,
      callId: this.callId,
      direction: this.direction,
      state: this.#state,
      ringing: this.#ringing && !isEstablished(this.#state),
      earlyMedia: this.#earlyMedia && !isEstablished(this.#state),
      ...(this.#heldBy && { heldBy: this.#heldBy }),
      muted: this.muted,
      volumes: { microphone: this.volumes.microphone, speaker: this.volumes.speaker },
      remote: this.remote,
      ...(codec !== undefined && { codec }),
      ...(this.qualityAlarms.length > 0 && { qualityAlarms: Object.freeze([...this.qualityAlarms]) }),
      ...(this.#uuid !== undefined && { uuid: this.#uuid }),
      ...(this.#line && { user: this.#line.user }),
      ...(this.#end && { end: this.#end }),
    };
  }

  #input(input: CallInput): void {
    const next = nextCallState(this.#state, input);
    if (next === undefined) return;
    const previous = this.#state;
    this.#state = next;
    this.changed();
    this.emit('state', next, previous);
  }

  #require(states: readonly CallState[], otherwise: string): void {
    if (states.includes(this.#state)) return;
    throw new CallError('ERR_CALL_STATE', `${otherwise} This one is ${this.#state}.`);
  }

  #use(source: AnswerOptions['source'], sink: AnswerOptions['sink']): void {
    if (source) this.audio.source = source;
    if (sink) this.audio.addSink(sink);
  }

  async #change(otherwise: string, action: () => Promise<void>): Promise<void> {
    this.#require(['connected', 'held'], otherwise);
    await this.#asCallError(action());
  }

  async #asCallError(action: Promise<unknown>): Promise<void> {
    try {
      await action;
    } catch (error) {
      throw this.#failure ?? callErrorOf(error);
    }
  }

  #report(error: unknown): void {
    this.emit('error', error instanceof Error ? error : new Error(String(error)));
  }

  #progress(response: SipResponse): void {
    if (response.status === 180) this.#ringing = true;
    this.changed();
    this.emit('progress', response);
  }

  #mediaAgreed(agreed: NegotiatedAudio | undefined): void {
    if (!isEstablished(this.#state) && this.#state !== 'answering') this.#earlyMedia = agreed !== undefined;
    this.#hold.agreed();
    this.changed();
    this.emit('media', agreed);
    if (isEstablished(this.#state)) this.#followHold();
  }

  #nowEstablished(): void {
    if (this.#establishedAt !== undefined || this.#state === 'disconnected') return;
    this.#establishedAt = this.#clock.now();
    this.#input('established');
    this.#watchQuality();
    this.#established.resolve(this);
    this.#followHold();
  }

  #watchQuality(): void {
    const { quality, releaseInactive } = this.#host;
    if (releaseInactive) {
      const reason = 'SIP;cause=408;text="No audio"';
      this.on('inactive', () => void this.hangup({ headers: { Reason: reason } }));
    }
    if (!quality || this.#state === 'disconnected') return;
    this.#quality = new CallQualityWatch(this.audio, this.#clock, quality, {
      interval: (interval) => this.emit('quality', interval),
      alarm: (alarm, raised) => {
        this.changed();
        this.emit(raised ? 'qualityAlarm' : 'qualityCleared', alarm);
      },
    });
    this.#host.established(this, this.#session, () => this.#media.path);
  }

  /** Compares who holds the call with who held it before. */
  #followHold(): void {
    const before = this.#heldBy;
    const now = this.#hold.heldBy;
    if (now === before) return;
    this.#heldBy = now;
    this.changed();
    this.#input(now === undefined ? 'retrieve' : 'hold');
    for (const by of ['local', 'remote'] as const) {
      const held = now === by || now === 'both';
      if (held !== (before === by || before === 'both')) this.emit(held ? 'held' : 'retrieved', { by });
    }
  }

  /** The peer, or a server for it, asks us to call somebody else. */
  #referred(asked: SipIncomingReferral): void {
    const referral = new Referral(asked, (each, options) => {
      const call = this.#host.follow(each, this, options);
      this.emit('transferred', call);
      return call;
    });
    this.emit('referral', referral);
    if (referral.decided) return;
    if (this.#host.referrals === 'refuse' || !referral.isCall) referral.reject();
    else if (this.#host.referrals === 'follow') referral.follow();
  }

  /** Remote control by the server: what talk and hold mean in each state. */
  #control(event: 'talk' | 'hold'): void {
    this.emit('remoteControl', event);
    let action: Promise<unknown> | undefined;
    if (event === 'talk' && this.#state === 'alerting') action = this.answer();
    else if (isEstablished(this.#state)) {
      // One may come while the re-INVITE of the other is on its way: what is already so is seen when its turn has come.
      const control = this.#hold;
      action = this.#asCallError(event === 'talk' ? control.retrieve() : control.holdUnlessHeld());
    }
    action?.catch((error: unknown) => this.#report(error));
  }

  /** A digit that came by INFO has no beginning of its own. */
  #informedOf(digit: DtmfDigit): void {
    const now = this.#clock.now();
    this.#digits.began({ digit: digit.digit, method: digit.method }, now);
    this.#digits.ended(digit, now);
  }

  #readUuid(message: SipMessage): void {
    const uuid = message.headers.get('X-Genesys-CallUUID');
    if (uuid === undefined || uuid === this.#uuid) return;
    this.#uuid = uuid;
    this.changed();
  }

  #sessionEnded(end: SipSessionEnd): void {
    if (this.#state === 'disconnected') return;
    this.#stopWatching();
    this.#dtmf.close();
    this.#quality?.stop();
    const wasEstablished = this.#establishedAt !== undefined;
    const error = this.#failure ?? failureOf(end, this.direction, wasEstablished);
    this.#failure = error;
    const status = wasEstablished ? end.status : (error?.status ?? end.status);
    this.#end = Object.freeze({
      by: end.by,
      ...(status !== undefined && { status }),
      ...(end.reason !== undefined && { reason: end.reason }),
      ...(error && { error }),
      durationMs: wasEstablished ? this.#clock.now() - this.#establishedAt! : 0,
      statistics: this.audio.statistics(),
    });
    this.#heldBy = undefined;
    this.#input('end');
    this.#established.reject(error);
    this.emit('ended', this.#end);
    const finished = this.#end;
    this.#media.close().then(
      () => this.#ended.resolve(finished),
      (failure: unknown) => {
        this.#report(failure);
        this.#ended.resolve(finished);
      },
    );
  }
}
