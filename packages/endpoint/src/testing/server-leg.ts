import type { HeaderList, SipRequest, SipResponse } from '@offhook/sip-core';
import type { Call } from '../call/call';
import type { Endpoint } from '../endpoint/endpoint';
import type { EndpointOptions } from '../endpoint/endpoint-options';
import { MemoryLab } from './memory-lab';
import { WirePeer, type WireRequest, wireSdp } from './wire-peer';

/** One dialog of a call-control server's with an endpoint, message by message. */
export class ServerLeg {
  readonly callId: string;
  /** The INVITE that opened it. */
  invitation!: SipRequest;
  readonly #server: WirePeer;
  readonly #endpoint: Endpoint;
  #toTag: string | undefined;
  #sequence = 0;
  #acknowledge = 1;

  constructor(server: WirePeer, endpoint: Endpoint, callId: string) {
    this.#server = server;
    this.#endpoint = endpoint;
    this.callId = callId;
  }

  /** The call as the endpoint shows it. */
  get call(): Call {
    return this.#endpoint.calls.find(({ callId }) => callId === this.callId)!;
  }

  /** The endpoint's tag. */
  get toTag(): string | undefined {
    this.#toTag ??= this.#server.answers(this.invitation).find(({ to }) => to.tag !== undefined)?.to.tag;
    return this.#toTag;
  }

  /** The 200 to the INVITE. */
  get answer(): SipResponse | undefined {
    return this.#server.answer(this.invitation);
  }

  /** Calls. @param sdp nothing at all when empty */
  async invite(sdp: string | undefined = wireSdp(), headers: HeaderList = []): Promise<void> {
    this.invitation = await this.request('INVITE', { sdp: sdp || undefined, headers });
  }

  /** Sends a request in the dialog, with the next CSeq. */
  request(
    method: string,
    { headers = [], ...content }: Pick<WireRequest, 'sdp' | 'body'> & { headers?: HeaderList } = {},
  ): Promise<SipRequest> {
    const sequence = ++this.#sequence;
    if (method === 'INVITE') this.#acknowledge = sequence;
    const toTag = this.invitation && this.toTag;
    return this.#server.request(method, { callId: this.callId, toTag, sequence, ...content, headers: [...headers] });
  }

  /** Sends NOTIFY with an event. @returns the status it was answered with */
  async notify(event: string, headers: HeaderList = []): Promise<number | undefined> {
    const request = await this.request('NOTIFY', {
      headers: [['Event', event], ['Subscription-State', 'active'], ['Contact', CONTACT], ...headers],
    });
    return this.#server.answer(request)?.status;
  }

  /** Acknowledges the latest 200. */
  async ack(sdp?: string): Promise<void> {
    await this.#server.request('ACK', {
      callId: this.callId,
      toTag: this.toTag,
      sequence: this.#acknowledge,
      sdp,
    });
  }

  /** Takes back the INVITE. @returns the status the CANCEL was answered with */
  async cancel(): Promise<number | undefined> {
    const { branch } = this.invitation.via;
    const request = await this.#server.request('CANCEL', {
      callId: this.callId,
      sequence: 1,
      ...(branch !== undefined && { branch }),
    });
    return this.#server.answer(request)?.status;
  }

  /** Sends a re-INVITE, and acknowledges what it was answered with. @returns the answer */
  async reinvite(
    sdp: string | undefined,
    { ackSdp, headers }: { ackSdp?: string; headers?: HeaderList } = {},
  ): Promise<SipResponse> {
    const request = await this.request('INVITE', { sdp, ...(headers && { headers }) });
    const answer = this.#server.answer(request)!;
    if (answer.status < 300) await this.ack(ackSdp);
    return answer;
  }

  /** Hangs up. @returns the status the BYE was answered with */
  async bye(): Promise<number | undefined> {
    return this.#server.answer(await this.request('BYE'))?.status;
  }

  /** Calls, has the call answered by NOTIFY talk, and acknowledges. */
  async establish(sdp?: string, headers?: HeaderList): Promise<Call> {
    await this.invite(sdp, headers);
    await this.notify('talk');
    await this.ack();
    return this.call;
  }
}

const CONTACT = '<sip:server@10.0.0.200:5060>';

/** An endpoint at `10.0.0.1` and the call-control server at `10.0.0.200` that reaches it by legs. */
export async function controlled(options: EndpointOptions = {}) {
  const lab = new MemoryLab();
  const endpoint = await lab.endpoint('phone', options);
  const server = await WirePeer.open(lab, '10.0.0.1');
  let legs = 0;
  /** RTP packets the endpoint has sent, by where to. */
  const heard = new Map<string, number>();
  /** The same packets, in order. */
  const rtp: Uint8Array[] = [];
  lab.rtpNetwork.onDatagram = (bytes, from, { host, port }) => {
    if ((bytes[1]! >= 200 && bytes[1]! <= 207) || from.host !== '10.0.0.1') return;
    const at = `${host}:${port}`;
    heard.set(at, (heard.get(at) ?? 0) + 1);
    rtp.push(bytes);
  };
  /** Packets that go anywhere while a second passes. */
  const sends = async () => {
    heard.clear();
    await lab.clock.advance(1000);
    return Object.fromEntries(heard);
  };
  const leg = () => new ServerLeg(server, endpoint, `leg-${++legs}`);
  return { lab, endpoint, server, leg, sends, rtp };
}

/** A leg whose call rings. */
export async function ringingLeg(options?: EndpointOptions, sdp?: string, headers?: HeaderList) {
  const rig = await controlled(options);
  const leg = rig.leg();
  await leg.invite(sdp, headers);
  rig.lab.ladder.length = 0;
  return { ...rig, leg, another: rig.leg, call: leg.call };
}

/** A leg whose call is up. */
export async function establishedLeg(options?: EndpointOptions, headers?: HeaderList) {
  const rig = await controlled(options);
  const leg = rig.leg();
  const call = await leg.establish(undefined, headers);
  rig.lab.ladder.length = 0;
  return { ...rig, leg, another: rig.leg, call };
}
