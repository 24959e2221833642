import type { SipResponse, SipUri } from '@offhook/sip-core';
import type { Call } from '../call/call';
import type { CallOptions, HeadersOption } from '../call/call-options';
import { headerList } from '../call/header-list';
import { parseCallee, parseServer } from '../connection/line-address';
import { CallError } from '../errors/call-error';
import { EndpointError } from '../errors/endpoint-error';
import type { SipAddressing, SipSubscription } from '../sip/sip-events';
import type { SipProvider } from '../sip/sip-provider';
import { CONFERENCE_INFO, type ConferenceInfo, readConferenceInfo } from './conference-info';
import { DIALOG_INFO, type DialogInfo, pickupOf, readDialogInfo, type WatchedDialog } from './dialog-info';
import { MESSAGE_SUMMARY, type MessageSummary, readMessageSummary } from './message-summary';
import { PIDF, type Presence, type PresenceState, readPresence } from './presence';
import { PublishedPresence } from './published-presence';
import { type StateReader, Watch } from './watch';

/** @internal What {@link LineEvents} needs of its line. */
export interface LineEventsHost {
  /** @throws EndpointError `ERR_ENDPOINT_STATE` unless the endpoint is active */
  sip(): SipProvider;
  /** Address-of-record. */
  readonly aor: SipUri;
  /** How requests of the line get to a URI. */
  addressing(uri: SipUri): SipAddressing;
  call(uri: string, options: CallOptions): Call;
}

/** How long a state is to be told, or believed, before it is renewed. */
export interface EventOptions {
  /** Seconds; 3600 when absent. */
  expires?: number;
  /** Header fields to add. */
  headers?: HeadersOption;
}

/** How a mailbox is watched. */
export interface MailboxOptions extends EventOptions {
  /** The server that tells of it, as a SIP URI; that of the line when absent. */
  server?: string;
  /** Password of the user of the mailbox there; user and password of the line when absent. */
  password?: string;
}

/**
 * What a line can be told, and tell, besides calls: messages that wait, presence, what others' phones do, who is in a conference, short messages.
 * Each method takes a SIP URI, or a bare name or number at the domain of the line.
 */
export class LineEvents {
  readonly #host: LineEventsHost;

  /** @internal */
  constructor(host: LineEventsHost) {
    this.#host = host;
  }

  /**
   * Watches a mailbox (RFC 3842).
   *
   * @param mailbox the line's own address when absent
   * @throws EndpointError `ERR_ENDPOINT_STATE`, `ERR_OPTION`, `ERR_UNSUPPORTED`
   */
  watchMessages(mailbox?: string, options?: MailboxOptions): Watch<MessageSummary> {
    return this.#watch('message-summary', MESSAGE_SUMMARY, mailbox, readMessageSummary, options);
  }

  /** Watches whether somebody can be reached (RFC 3856). @throws as {@link watchMessages} */
  watchPresence(who: string, options?: EventOptions): Watch<Presence> {
    return this.#watch('presence', PIDF, who, readPresence, options);
  }

  /** Watches what somebody's phone does (RFC 4235): a busy lamp. @throws as {@link watchMessages} */
  watchDialogs(who: string, options?: EventOptions): Watch<DialogInfo> {
    return this.#watch('dialog', DIALOG_INFO, who, readDialogInfo, options);
  }

  /** Watches who takes part in a conference (RFC 4575). @throws as {@link watchMessages} */
  watchConference(conference: string, options?: EventOptions): Watch<ConferenceInfo> {
    return this.#watch('conference', CONFERENCE_INFO, conference, readConferenceInfo, options);
  }

  /**
   * Picks up what rings at a phone that is watched, or takes over what it talks (RFC 3891, RFC 5359 §2.8): calls its other party in its place.
   *
   * @throws CallError `ERR_CALL_STATE` when what is known of the dialog does not suffice; EndpointError as {@link Connection.call}
   */
  pickUp(dialog: WatchedDialog, options: CallOptions = {}): Call {
    const pickup = pickupOf(dialog);
    if (!pickup) {
      throw new CallError(
        'ERR_CALL_STATE',
        'This dialog cannot be picked up: its tags, or its other party, are not told.',
      );
    }
    return this.#host.call(pickup.target, { ...options, replaces: pickup.replaces });
  }

  /** Tells the server whether we can be reached (RFC 3903), until it is removed. @throws as {@link watchMessages} */
  publishPresence(state: PresenceState, { expires, headers }: EventOptions = {}): PublishedPresence {
    const sip = this.#host.sip();
    if (!sip.publish) throw unsupported('publish');
    const { aor } = this.#host;
    const entity = aor.toString();
    const publication = sip.publish({
      ...this.#addressing(aor, headers),
      event: 'presence',
      body: PublishedPresence.body(entity, state),
      ...(expires !== undefined && { expires }),
    });
    return new PublishedPresence(publication, entity);
  }

  /**
   * Sends a short message (RFC 3428).
   *
   * @param text at most some 1,000 bytes
   * @returns the final response, whatever its status
   * @throws EndpointError `ERR_ENDPOINT_STATE`, `ERR_OPTION`; SipTimeoutError, SipTransportError: through the promise
   */
  async sendMessage(
    to: string,
    text: string,
    options: { contentType?: string; headers?: HeadersOption; signal?: AbortSignal } = {},
  ): Promise<SipResponse> {
    const { contentType = 'text/plain;charset=UTF-8', headers, signal } = options;
    const sip = this.#host.sip();
    return sip.request({
      ...this.#addressing(parseCallee(to, this.#host.aor), headers),
      method: 'MESSAGE',
      body: { contentType, body: new TextEncoder().encode(text) },
      signal,
    });
  }

  #watch<Value extends object>(
    event: string,
    accept: string,
    who: string | undefined,
    read: StateReader<Value>,
    { expires, headers, server, password }: MailboxOptions = {},
  ): Watch<Value> {
    const sip = this.#host.sip();
    if (!sip.subscribe) throw unsupported('subscribe');
    const uri = who === undefined ? this.#host.aor : parseCallee(who, this.#host.aor);
    const subscription: SipSubscription = sip.subscribe({
      ...this.#addressing(uri, headers),
      // Another server is reached by no registration of ours.
      ...(server !== undefined && { server: parseServer(server), registration: undefined }),
      ...(password !== undefined && { credentials: { username: uri.user ?? '', password } }),
      event,
      accept: [accept],
      ...(expires !== undefined && { expires }),
    });
    return new Watch(subscription, read);
  }

  #addressing(uri: SipUri, headers: HeadersOption | undefined): SipAddressing {
    return { ...this.#host.addressing(uri), headers: headerList(headers) };
  }
}

const unsupported = (what: string): EndpointError =>
  new EndpointError('ERR_UNSUPPORTED', `This SIP provider cannot ${what}.`);
