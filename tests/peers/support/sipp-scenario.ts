/** What a step of a {@link scenario} carries beyond what every message has. */
export interface SippMessage {
  /** Header lines. */
  headers?: readonly string[];
  /** Content type and body. */
  body?: readonly [contentType: string, text: string];
  /** CSeq number of a request; 1 when absent. */
  sequence?: number;
  /** CSeq method, for ACK and PRACK of others; the method when absent. */
  reason?: string;
}

/** A session description as SIPp makes it. */
export const sippDescription = [
  'application/sdp',
  `v=0
o=sipp 53655765 [call_number] IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 0
a=rtpmap:0 PCMU/8000`,
] as const;

/**
 * Writes a scenario for SIPp step by step, so that a test can be read beside what the peer does. As a caller (`uac`) SIPp owns the From; as a
 * callee (`uas`) it takes From and To of the first request it receives and turns them round for its own requests.
 */
export class SippScenario {
  readonly #steps: string[] = [];
  #declared = false;

  constructor(
    readonly name: string,
    readonly role: 'uac' | 'uas',
  ) {}

  /** Waits for a request. The first one of a callee begins its dialog. @param options.check regular expressions its header section must match */
  request(
    method: string,
    { check = [], optional = false }: { check?: readonly string[]; optional?: boolean } = {},
  ): this {
    const actions = check.map((expression) => ereg(expression, 'msg'));
    if (this.role === 'uas' && !this.#declared) {
      this.#declared = true;
      actions.push(
        '<ereg regexp=".*" search_in="hdr" header="From:" assign_to="remote"/>',
        '<ereg regexp=".*" search_in="hdr" header="To:" assign_to="local"/>',
        '<ereg regexp="&lt;([^&gt;]*)&gt;" search_in="hdr" header="Contact:" assign_to="whole,target"/>',
      );
    }
    return this.#receive(`request="${method}"${optional ? ' optional="true"' : ''} rrs="true"`, actions);
  }

  /** Waits for a response. @param options.check regular expressions it must match */
  response(
    status: number,
    { check = [], optional = false }: { check?: readonly string[]; optional?: boolean } = {},
  ): this {
    return this.#receive(
      `response="${status}"${optional ? ' optional="true"' : ' rrs="true"'}`,
      check.map((expression) => ereg(expression, 'msg')),
    );
  }

  /** Answers the last request. */
  answer(status: string, { headers = [], body, tag = true }: SippMessage & { tag?: boolean } = {}): this {
    const to = tag && this.role === 'uas' ? '[last_To:];tag=[pid]SIPpTag01[call_number]' : '[last_To:]';
    return this.#send(
      [
        `SIP/2.0 ${status}`,
        '[last_Via:]',
        '[last_From:]',
        to,
        '[last_Call-ID:]',
        '[last_CSeq:]',
        'Contact: <sip:sipp@[local_ip]:[local_port];transport=[transport]>',
        ...headers,
      ],
      body,
      false,
    );
  }

  /** Answers a request of a dialog that has its tags already. */
  reply(status: string, message: SippMessage = {}): this {
    return this.answer(status, { ...message, tag: false });
  }

  /** Sends a request outside any dialog; callers only. */
  send(method: string, message: SippMessage = {}): this {
    return this.#sendRequest(method, 'sip:[service]@[remote_ip]:[remote_port]', '', message);
  }

  /** Sends a request in the dialog. */
  sendInside(method: string, message: SippMessage = {}): this {
    return this.#sendRequest(method, this.role === 'uac' ? '[next_url]' : '[$target]', '[peer_tag_param]', message);
  }

  pause(milliseconds: number): this {
    this.#steps.push(`<pause milliseconds="${milliseconds}"/>`);
    return this;
  }

  /** What SIPp reads. */
  get xml(): string {
    // What is assigned has to be used, or SIPp refuses the scenario.
    const variables = this.#declared ? '<Reference variables="whole,remote,local,target"/>' : '';
    return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE scenario SYSTEM "sipp.dtd">
<scenario name="${this.name}">
${this.#steps.join('\n')}
${variables}
</scenario>
`;
  }

  #receive(what: string, actions: readonly string[]): this {
    const action = actions.length === 0 ? '/>' : `>\n<action>${actions.join('\n')}</action>\n</recv>`;
    this.#steps.push(`<recv ${what}${action}`);
    return this;
  }

  #sendRequest(method: string, uri: string, tag: string, message: SippMessage): this {
    const { headers = [], body, sequence = 1, reason = method } = message;
    const parties =
      this.role === 'uac'
        ? [
            'From: sipp <sip:sipp@[local_ip]:[local_port]>;tag=[pid]SIPpTag00[call_number]',
            `To: <sip:[service]@[remote_ip]:[remote_port]>${tag}`,
          ]
        : ['From:[$local];tag=[pid]SIPpTag01[call_number]', 'To:[$remote]'];
    return this.#send(
      [
        `${method} ${uri} SIP/2.0`,
        'Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]',
        ...parties,
        'Call-ID: [call_id]',
        `CSeq: ${sequence} ${reason}`,
        'Contact: <sip:sipp@[local_ip]:[local_port];transport=[transport]>',
        'Max-Forwards: 70',
        ...headers,
      ],
      body,
      method !== 'ACK',
    );
  }

  #send(lines: readonly string[], body: SippMessage['body'], retransmitted: boolean): this {
    const head = [...lines, ...(body ? [`Content-Type: ${body[0]}`] : []), 'Content-Length: [len]'];
    const text = [...head, '', ...(body ? body[1].split('\n') : [])].join('\n');
    this.#steps.push(`<send${retransmitted ? ' retrans="500"' : ''}>\n<![CDATA[\n\n${text}\n\n]]>\n</send>`);
    return this;
  }
}

let variables = 0;

function ereg(expression: string, where: string): string {
  const name = `found${++variables}`;
  const escaped = expression
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
  // What is assigned has to be used, or SIPp refuses the scenario.
  return `<ereg regexp="${escaped}" search_in="${where}" check_it="true" assign_to="${name}"/><log message="[$${name}]"/>`;
}
