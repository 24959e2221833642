import { type Clock, systemRandom } from '@offhook/sip-core';
import { Call } from '../call/call';
import type { CallHost } from '../call/call-init';
import { CallMedia } from '../call/call-media';
import type { Connection } from '../connection/connection';
import { CallAudio } from '../media/call-audio';
import type { MediaProvider } from '../media/media-provider';
import type { SipProvider } from '../sip/sip-provider';
import type { IncomingSipSession, SipSession } from '../sip/sip-session';
import type { ResolvedOptions } from './endpoint-options';
import { OpenCalls } from './open-calls';

/** What calls are made with. */
export interface CallSetupContext {
  readonly options: ResolvedOptions;
  readonly clock: Clock;
  readonly media: MediaProvider;
  /** @throws EndpointError `ERR_ENDPOINT_STATE` unless the endpoint is active */
  sip(): SipProvider;
  readonly connections: readonly Connection[];
  /** A call has begun. */
  began(call: Call): void;
  /** Something of a call, or which calls there are, has changed. */
  changed(): void;
}

/** Makes calls of sessions, and knows those that are not over. */
export class CallSetup {
  readonly calls = new OpenCalls();
  readonly context: CallSetupContext;
  readonly #host: CallHost;
  #callNumber = 0;
  #sessionNumber = 0;

  constructor(context: CallSetupContext, host: CallHost) {
    this.context = context;
    this.#host = host;
  }

  /** The media of a call to be. @throws EndpointError `ERR_CODEC_UNKNOWN`, `ERR_OPTION` */
  media(addresses: CallMedia['options']['addresses'], codecs?: readonly string[]): CallMedia {
    const { options, clock, media } = this.context;
    const { codecSet, ptime, maxptime, answerPriority, offerWhenHeld } = options;
    const { mediaSecurity, random = systemRandom, dtx = false, redundancy, rtcpMux = false, descriptions } = options;
    return new CallMedia({
      provider: media,
      audio: new CallAudio(),
      codecs: codecSet.capabilities(codecs),
      addresses,
      sessionId: String(Math.floor(clock.date()) * 1000 + (this.#sessionNumber++ % 1000)),
      ptime,
      maxptime,
      priority: answerPriority,
      offerWhenHeld,
      ...(mediaSecurity.policy !== 'disabled' && { security: { ...mediaSecurity, random } }),
      dtx,
      redundancy,
      rtcpMux,
      adjust: descriptions,
    });
  }

  /** The call of a session that has begun. */
  begin(
    session: SipSession | IncomingSipSession,
    media: CallMedia,
    connection: Connection | undefined,
    patience: { signal?: AbortSignal | undefined; timeout?: number | undefined } = {},
  ): Call {
    const { options, clock } = this.context;
    const call = new Call({
      id: `${++this.#callNumber}`,
      session,
      media,
      clock,
      line: connection,
      replaces: 'replaces' in session ? this.calls.of(session.replaces) : undefined,
      host: this.#host,
      remoteControl: options.remoteControl,
      dtmfMethods: options.dtmfMethods,
      ...patience,
    });
    this.calls.add(call, { session, connection });
    this.#watch(call);
    this.context.began(call);
    this.context.changed();
    return call;
  }

  #watch(call: Call): void {
    const { options, changed } = this.context;
    const { logger } = options;
    const { id, callId } = call;
    call.subscribe(changed);
    call.on('state', (state, previous) => logger?.info({ call: id, callId, state, previous }, 'call'));
    call.on('inactive', (ms) => logger?.warn({ call: id, callId, ms }, 'no audio comes'));
    call.on('error', (error) => logger?.warn({ call: id, callId, error }, 'call'));
    call.on('ended', () => {
      this.calls.delete(call);
      changed();
    });
  }
}
