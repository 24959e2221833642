/** What a message that SIPp sends has beyond, or instead of, what every message has. */
export interface SippMessage {
  /** Header lines; one of the same name as a usual one stands in its place. */
  headers?: readonly string[];
  /** Names of usual header lines it is sent without. */
  without?: readonly string[];
  /** Content type and body. */
  body?: readonly [contentType: string, text: string];
  /** CSeq number of a request; 1 when absent. */
  sequence?: number;
  /** CSeq method, for ACK and PRACK of others; the method when absent. */
  reason?: string;
  /** Request-URI. */
  uri?: string;
  /** Branch of the Via; one of its own when absent, which CANCEL and the ACK of a refusal share with the INVITE. */
  branch?: string;
  /** Whether it is repeated until it is answered; requests but for ACK are. */
  repeated?: boolean;
  /** The branch of a forked INVITE that sends it: a part of the callee's tag. */
  fork?: string;
}

/** An answer of SIPp. */
export interface SippAnswer extends SippMessage {
  /** The request it answers, by the name it was given when it came; the last message when absent. */
  to?: string;
  /** Whether a tag is added to To; true when absent. */
  tagged?: boolean;
}

/** What a message that SIPp receives has to be like. */
export interface SippExpectation {
  /** Regular expressions (POSIX, extended) that the message must match. */
  check?: readonly string[];
  /** Regular expressions it must not match. */
  never?: readonly string[];
  /** Whether it may be left out. */
  optional?: boolean;
  /** Texts kept under a name, for `[$name]` in later messages: each is the group of a regular expression. */
  keep?: Readonly<Record<string, string>>;
}

/** A request that SIPp receives. */
export interface SippRequestExpectation extends SippExpectation {
  /** A name for it, by which it can be answered later. */
  as?: string;
  /** Name and password its digest has to be made of; else it is answered 403, and that is the end. */
  credentials?: readonly [username: string, password: string];
}

/** A response that SIPp receives. */
export interface SippResponseExpectation extends SippExpectation {
  /** Whether it has a challenge, which `[authentication username=… password=…]` then answers. */
  challenge?: boolean;
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

/** Requests whose Contact is where later ones of the dialog go. */
const withContact = new Set(['INVITE', 'UPDATE', 'SUBSCRIBE', 'NOTIFY', 'REFER']);

/** Name of a header line, or of one copied from the last message. */
const nameOf = (line: string) =>
  line
    .replace(/^\[last_/, '')
    .split(':', 1)[0]!
    .trim()
    .toLowerCase();

/**
 * Writes a scenario for SIPp step by step, so that a test can be read beside what the peer does. As a caller (`uac`) SIPp owns the From; as a
 * callee (`uas`) it takes From and To of the first request it receives and turns them round for its own requests.
 */
export class SippScenario {
  readonly #steps: string[] = [];
  readonly #variables = new Set<string>();
  #declared = false;
  /** Whether an INVITE has been sent that a 100 may answer at any time. */
  #trying = false;
  #labels = 0;
  #ends = false;

  constructor(
    readonly name: string,
    readonly role: 'uac' | 'uas',
  ) {}

  /** Waits for a request. The first one of a callee begins its dialog. */
  request(method: string, expectation: SippRequestExpectation = {}): this {
    const { as, credentials, optional = false } = expectation;
    const actions = this.#actions(expectation);
    if (this.role === 'uas' && !this.#declared) {
      this.#declared = true;
      actions.push(
        this.#header('From', 'remote'),
        this.#header('To', 'local'),
        '<ereg regexp="&lt;([^&gt;]*)&gt;" search_in="hdr" header="Contact:" assign_to="whole,target"/>',
      );
      for (const name of ['whole', 'target']) this.#variables.add(name);
    }
    if (as) {
      for (const name of ['Via', 'From', 'To', 'CSeq']) actions.push(this.#header(name, `${as}_${name.toLowerCase()}`));
    }
    const granted = credentials && `granted${++this.#labels}`;
    if (credentials) {
      const [username, password] = credentials;
      actions.push(`<verifyauth assign_to="${granted}" username="${username}" password="${password}"/>`);
      this.#variables.add(granted!);
    }
    const targeted = withContact.has(method) ? ' rrs="true"' : '';
    this.#receive(`request="${method}"${optional ? ' optional="true"' : ''}${targeted}`, actions);
    if (credentials) {
      this.#ends = true;
      this.#steps.push(`<nop hide="true" test="${granted}" next="${granted}"/>`);
      this.answer('403 Forbidden');
      if (method === 'INVITE') this.#receive('request="ACK"', []);
      this.#steps.push(`<nop hide="true" next="end"/>`, `<label id="${granted}"/>`);
    }
    return this;
  }

  /**
   * Waits for a request and goes on by what it is like: with the part beside the first regular expression it matches. For callees that take
   * several calls. What matches none is answered 400.
   */
  cases(method: string, ...cases: readonly (readonly [expression: string, part: (scenario: this) => void])[]): this {
    const labels = cases.map(() => `case${++this.#labels}`);
    const matches = cases.map(([expression], index) => {
      this.#variables.add(labels[index]!);
      return `<ereg regexp="${inAttribute(expression)}" search_in="msg" assign_to="${labels[index]}"/>`;
    });
    this.#receive(`request="${method}"`, matches);
    for (const label of labels) this.#steps.push(`<nop hide="true" test="${label}" next="${label}"/>`);
    this.answer('400 No Such Case');
    this.#steps.push('<nop hide="true" next="end"/>');
    cases.forEach(([, part], index) => {
      this.#steps.push(`<label id="${labels[index]}"/>`);
      part(this);
      this.#steps.push('<nop hide="true" next="end"/>');
    });
    this.#ends = true;
    return this;
  }

  /** Waits for a response; the 100 that an INVITE may be answered with is passed over. */
  response(status: number, expectation: SippResponseExpectation = {}): this {
    const { optional = false, challenge = false } = expectation;
    if (this.#trying && status !== 100) this.#receive('response="100" optional="true"', []);
    this.#trying = false;
    const attributes = `${optional ? ' optional="true"' : ' rrs="true"'}${challenge ? ' auth="true"' : ''}`;
    return this.#receive(`response="${status}"${attributes}`, this.#actions(expectation));
  }

  /** Answers a request that has no tag in its To yet: the last one, or one that was given a name. */
  answer(status: string, message: SippAnswer = {}): this {
    const { to: as, tagged = true, fork } = message;
    const tag = tagged && this.role === 'uas' ? `;tag=${calleeTag(fork)}` : '';
    const copied = as
      ? [`Via:[$${as}_via]`, `From:[$${as}_from]`, `To:[$${as}_to]${tag}`, '[last_Call-ID:]', `CSeq:[$${as}_cseq]`]
      : ['[last_Via:]', '[last_From:]', `[last_To:]${tag}`, '[last_Call-ID:]', '[last_CSeq:]'];
    return this.#send(`SIP/2.0 ${status}`, [...copied, CONTACT], message, message.repeated ?? false);
  }

  /** Answers a request of a dialog that has its tags already. */
  reply(status: string, message: SippAnswer = {}): this {
    return this.answer(status, { ...message, tagged: false });
  }

  /** Sends a request outside any dialog; callers only. */
  send(method: string, message: SippMessage = {}): this {
    return this.#sendRequest(method, SERVICE, '', message);
  }

  /** Sends a request in the dialog. */
  sendInside(method: string, message: SippMessage = {}): this {
    return this.#sendRequest(method, this.role === 'uac' ? '[next_url]' : '[$target]', '[peer_tag_param]', message);
  }

  /** Acknowledges the refusal of an INVITE (RFC 3261 §17.1.1.3). */
  acknowledgeRefusal({ sequence = 1, inside = false }: { sequence?: number; inside?: boolean } = {}): this {
    const message = { sequence, branch: branchOf('INVITE', sequence) };
    if (inside) return this.sendInside('ACK', message);
    return this.#sendRequest('ACK', SERVICE, '[peer_tag_param]', message);
  }

  /** Cancels an INVITE (RFC 3261 §9.1). */
  cancel({ sequence = 1, headers = [] }: Pick<SippMessage, 'sequence' | 'headers'> = {}): this {
    return this.send('CANCEL', { sequence, headers, branch: branchOf('INVITE', sequence), without: ['Contact'] });
  }

  /** A caller's INVITE, answered by 200 and acknowledged. */
  call(message: SippMessage = {}, expectation: SippResponseExpectation = {}): this {
    return this.send('INVITE', { body: sippDescription, ...message })
      .response(180, { optional: true })
      .response(200, expectation)
      .sendInside('ACK', { sequence: message.sequence ?? 1 });
  }

  /** A callee's 200 to the INVITE it waits for, and the ACK. */
  answerCall(expectation: SippRequestExpectation = {}): this {
    return this.request('INVITE', expectation)
      .answer('200 OK', { body: sippDescription, repeated: true })
      .request('ACK');
  }

  /** A callee's INVITE, received under a name, is cancelled (RFC 3261 §9.2). */
  cancelled(invite: string, expectation: SippRequestExpectation = {}): this {
    return this.request('CANCEL', expectation)
      .answer('200 OK')
      .answer('487 Request Terminated', { to: invite, repeated: true })
      .request('ACK');
  }

  /** Ends the call. */
  hangUp(sequence = 2): this {
    return this.sendInside('BYE', { sequence }).response(200);
  }

  /** Waits until the other side ends the call. */
  hungUp(expectation: SippRequestExpectation = {}): this {
    return this.request('BYE', expectation).reply('200 OK');
  }

  /** Sends what is written here, keywords of SIPp among it; nothing is added. */
  raw(lines: readonly string[], { repeated = false }: { repeated?: boolean } = {}): this {
    return this.#write(lines.join('\n'), repeated);
  }

  pause(milliseconds: number): this {
    this.#steps.push(`<pause milliseconds="${milliseconds}"/>`);
    return this;
  }

  /** Does something to the scenario, such as a part that several share. */
  with(part: (scenario: this) => void): this {
    part(this);
    return this;
  }

  /** What SIPp reads. */
  get xml(): string {
    // What is assigned has to be used, or SIPp refuses the scenario.
    const variables = this.#variables.size > 0 ? `<Reference variables="${[...this.#variables].join(',')}"/>` : '';
    return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE scenario SYSTEM "sipp.dtd">
<scenario name="${this.name}">
${this.#steps.join('\n')}
${this.#ends ? '<label id="end"/>' : ''}
${variables}
</scenario>
`;
  }

  #receive(what: string, actions: readonly string[]): this {
    const action = actions.length === 0 ? '/>' : `>\n<action>${actions.join('\n')}</action>\n</recv>`;
    this.#steps.push(`<recv ${what}${action}`);
    return this;
  }

  #header(name: string, variable: string): string {
    this.#variables.add(variable);
    return `<ereg regexp=".*" search_in="hdr" header="${name}:" assign_to="${variable}"/>`;
  }

  #actions({ check = [], never = [], keep = {} }: SippExpectation): string[] {
    const found = (expression: string, how: string) => {
      const variable = `found${++this.#labels}`;
      this.#variables.add(variable);
      return `<ereg regexp="${inAttribute(expression)}" search_in="msg" ${how}="true" assign_to="${variable}"/>`;
    };
    return [
      ...check.map((expression) => found(expression, 'check_it')),
      ...never.map((expression) => found(expression, 'check_it_inverse')),
      ...Object.entries(keep).map(([name, expression]) => {
        const whole = `found${++this.#labels}`;
        for (const variable of [whole, name]) this.#variables.add(variable);
        return `<ereg regexp="${inAttribute(expression)}" search_in="msg" check_it="true" assign_to="${whole},${name}"/>`;
      }),
    ];
  }

  #sendRequest(method: string, uri: string, tag: string, message: SippMessage): this {
    const { sequence = 1, reason = method, fork, repeated = method !== 'ACK' } = message;
    const branch = message.branch ?? (method === 'INVITE' ? branchOf(method, sequence) : '[branch]');
    const parties =
      this.role === 'uac'
        ? [
            'From: sipp <sip:sipp@[local_ip]:[local_port]>;tag=[pid]SIPpTag00[call_number]',
            `To: <sip:[service]@[remote_ip]:[remote_port]>${tag}`,
          ]
        : [`From:[$local];tag=${calleeTag(fork)}`, 'To:[$remote]'];
    this.#trying = method === 'INVITE';
    const usual = [
      `Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=${branch}`,
      ...parties,
      'Call-ID: [call_id]',
      `CSeq: ${sequence} ${reason}`,
      CONTACT,
      'Max-Forwards: 70',
    ];
    return this.#send(`${method} ${message.uri ?? uri} SIP/2.0`, usual, message, repeated);
  }

  #send(first: string, usual: readonly string[], message: SippMessage, repeated: boolean): this {
    const { headers = [], without = [], body } = message;
    const given = new Set([...headers.map(nameOf), ...without.map((name) => name.toLowerCase())]);
    const lines = [
      first,
      ...usual.filter((line) => !given.has(nameOf(line))),
      ...headers,
      ...(body ? [`Content-Type: ${body[0]}`] : []),
      ...(given.has('content-length') ? [] : ['Content-Length: [len]']),
    ];
    return this.#write([...lines, '', ...(body ? body[1].split('\n') : [])].join('\n'), repeated);
  }

  #write(text: string, repeated: boolean): this {
    this.#steps.push(`<send${repeated ? ' retrans="500"' : ''}>\n<![CDATA[\n\n${text}\n\n]]>\n</send>`);
    return this;
  }
}

const CONTACT = 'Contact: <sip:sipp@[local_ip]:[local_port];transport=[transport]>';
const SERVICE = 'sip:[service]@[remote_ip]:[remote_port]';

const branchOf = (method: string, sequence: number) => `z9hG4bK-[pid]-[call_number]-${sequence}-${method}`;
const calleeTag = (fork = '') => `[pid]SIPpTag01[call_number]${fork}`;

const inAttribute = (expression: string) =>
  expression.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
