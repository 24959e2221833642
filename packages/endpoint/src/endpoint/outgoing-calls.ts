import type { SipUri } from '@offhook/sip-core';
import type { Call } from '../call/call';
import type { CallOptions } from '../call/call-options';
import { fromOf, inviteHeaders } from '../call/invite-headers';
import type { Connection } from '../connection/connection';
import { parseCallee } from '../connection/line-address';
import { EndpointError } from '../errors/endpoint-error';
import { eventHeaders } from '../in-dialog/capabilities';
import { mediaAddresses } from '../media/media-addresses';
import type { SipInvite } from '../sip/sip-provider';
import type { SipIncomingReferral, SipReferOptions, SipReferral, SipSession } from '../sip/sip-session';
import type { FollowOptions } from '../transfer/referral';
import type { CallSetup } from './call-setup';

/** How to place a call: by a line, or by none. */
export type OutgoingCallOptions = CallOptions & { connection?: Connection | undefined };

/** Places calls: by wish of the application, or because somebody refers us. */
export class OutgoingCalls {
  readonly #setup: CallSetup;

  constructor(setup: CallSetup) {
    this.#setup = setup;
  }

  /** @throws EndpointError `ERR_ENDPOINT_STATE`, `ERR_OPTION`, `ERR_CODEC_UNKNOWN` */
  place(uri: string, options: OutgoingCallOptions): Call {
    const { connection } = options;
    const callee = parseCallee(uri, connection?.aor);
    return this.#place(callee, options, { server: connection?.server, registration: connection?.registration });
  }

  /** Sends the peer of a call elsewhere (RFC 3515). @throws EndpointError `ERR_OPTION`, `ERR_UNSUPPORTED` */
  refer(call: Call, session: SipSession, target: string | SipSession, options: SipReferOptions): SipReferral {
    const sip = this.#setup.context.sip();
    if (!sip.refer) throw new EndpointError('ERR_UNSUPPORTED', 'This SIP provider cannot transfer calls.');
    const line = this.#setup.calls.get(call)?.connection?.aor;
    return sip.refer(session, typeof target === 'string' ? parseCallee(target, line) : target, options);
  }

  /** Places the call that a referral asks for (RFC 3515). @param from the call it has come in */
  follow(referral: SipIncomingReferral, from: Call | undefined, options: FollowOptions): Call {
    const connection = from && this.#setup.calls.get(from)?.connection;
    const callee = referral.target.sipUri;
    if (!callee) {
      referral.reject();
      throw new EndpointError('ERR_OPTION', `Only SIP addresses can be called, not ${referral.target.uri.toString()}.`);
    }
    const byProxy = this.#setup.context.options.referToProxy;
    const call = this.#place(
      callee,
      { ...options, connection },
      {
        referral,
        server: byProxy ? connection?.server : undefined,
        registration: byProxy ? connection?.registration : undefined,
      },
    );
    // What fails is told by the call itself.
    if (from) call.established.then(() => call.audio.adopt(from.audio.belongings)).catch(() => {});
    return call;
  }

  #place(
    callee: SipUri,
    options: OutgoingCallOptions,
    way: Pick<SipInvite, 'server' | 'registration' | 'referral'>,
  ): Call {
    const { connection, codecs, source, sink, delayedOffer, signal, timeout } = options;
    const { context } = this.#setup;
    const { publicAddress, remoteControl } = context.options;
    const sip = context.sip();
    const { server, registration, referral } = way;
    const media = this.#setup.media(
      () => mediaAddresses(sip, publicAddress, registration?.flow ? registration : (server ?? callee)),
      codecs,
    );
    if (source) media.options.audio.source = source;
    if (sink) media.options.audio.addSink(sink);
    const session = sip.invite({
      uri: callee,
      from: fromOf(options, connection?.from),
      server,
      headers: [...inviteHeaders(options, connection?.from), ...eventHeaders(remoteControl)],
      credentials: connection?.credentials,
      offerAnswer: media.handler(),
      registration,
      referral,
      ...(delayedOffer !== undefined && { delayedOffer }),
    });
    return this.#setup.begin(session, media, connection, { signal, timeout });
  }
}
