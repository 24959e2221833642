import type { Call, CallOptions, HeadersOption } from '@offhook/endpoint';
import { wavRecorder } from '@offhook/rtp-media';
import { play, SOURCES } from './audio-names';
import { BadCommand, type Parameters, type Values } from './parameters';
import type { Rig } from './rig';

/** Something that can be asked of the phone. */
export interface Verb {
  readonly about: string;
  readonly parameters: Parameters;
  /** @returns what the reply says */
  run(rig: Rig, values: Values): unknown;
}

const call = { type: 'string', about: 'id of the call; may be left out while there is one only' } as const;
const line = { type: 'string', about: 'name of the line; the first when absent' } as const;
const headers = { type: 'object', about: 'header fields to add: values by name' } as const;
const text = <Value>(value: Value): string => value as unknown as string;
const headersOf = (values: Values) => (values.headers ? { headers: values.headers as HeadersOption } : {});

/** All verbs, by name: those of the API. */
export const VERBS: Readonly<Record<string, Verb>> = {
  line: {
    about: 'Adds a line, and registers it unless `expires` is 0.',
    parameters: {
      name: { type: 'string', about: 'what commands call it; a number when absent' },
      user: { type: 'string', about: 'address-of-record', required: true },
      server: { type: 'string', about: 'server to register with and call by; the domain of `user` when absent' },
      username: { type: 'string', about: 'for digest authentication' },
      password: { type: 'string', about: 'for digest authentication' },
      displayName: { type: 'string', about: 'shown to those called' },
      expires: { type: 'number', about: 'seconds; 0 for no registration' },
      servers: { type: 'strings', about: 'several servers in place of one, tried in turn' },
      outbound: { type: 'boolean', about: 'to be called over the connection the line registers by (RFC 5626)' },
      natContact: {
        type: 'string',
        about: 'whether the address the server sees is registered',
        words: ['auto', 'off'],
      },
    },
    async run(rig, { name = rig.name(), ...options }) {
      if (rig.lines.has(name as string)) throw new BadCommand(`There is a line ${String(name)} already.`);
      const connection = rig.phone.addConnection(options as unknown as { user: string });
      rig.lines.set(name as string, connection);
      connection.on('state', (state, reason) => {
        const { error: _, ...why } = reason;
        rig.report({ type: 'line', line: name, state, ...why });
      });
      if (!connection.standalone) await connection.register();
      return { line: name, user: connection.user, state: connection.state };
    },
  },
  unregister: {
    about: 'Takes the registration of a line back.',
    parameters: { line },
    run: async (rig, values) => rig.requireLine(values.line).unregister(),
  },
  call: {
    about: 'Places a call. The reply comes at once; events tell how it goes.',
    parameters: {
      uri: { type: 'string', about: 'whom: a SIP URI, user@host, or by a line a bare name or number', required: true },
      line,
      source: { type: 'string', about: `what the peer hears: ${SOURCES}` },
      codecs: { type: 'strings', about: 'to offer, the preferred first' },
      headers,
      delayedOffer: { type: 'boolean', about: 'INVITE without an offer' },
      timeout: { type: 'number', about: 'ms after which an unanswered call is given up' },
      userToUser: { type: 'string', about: 'data for the callee (RFC 7433)' },
      anonymous: { type: 'boolean', about: 'hides who calls' },
      askAutoAnswer: { type: 'boolean', about: 'asks the callee to answer by itself' },
    },
    async run(rig, { uri, line: name, source, ...options }) {
      const connection = rig.line(name);
      const placed = rig.phone.call(text(uri), {
        ...(options as CallOptions),
        ...(connection && { connection }),
      });
      rig.know(placed);
      await playNamed(placed, source);
      return { call: placed.id, callId: placed.callId };
    },
  },
  ring: {
    about: 'Tells the caller that it rings, or with early media lets it hear more.',
    parameters: {
      call,
      status: { type: 'number', about: '180 to 183' },
      earlyMedia: { type: 'boolean', about: 'whether the caller hears the source' },
      source: { type: 'string', about: `what the caller hears: ${SOURCES}` },
      headers,
    },
    async run(rig, { call: id, source, ...options }) {
      const each = rig.call(id);
      await playNamed(each, source);
      await each.ring(options);
    },
  },
  answer: {
    about: 'Answers a call that rings; replies once it is established.',
    parameters: { call, source: { type: 'string', about: `what the caller hears: ${SOURCES}` }, headers },
    async run(rig, { call: id, source, ...options }) {
      const each = rig.call(id);
      await playNamed(each, source);
      await each.answer(options);
    },
  },
  reject: {
    about: 'Refuses a call that rings.',
    parameters: { call, status: { type: 'number', about: '400 to 699; 486 when absent' }, headers },
    run: (rig, values) => rig.call(values.call).reject((values.status as number) ?? 486, headersOf(values)),
  },
  redirect: {
    about: 'Sends a call that rings elsewhere (302).',
    parameters: { call, to: { type: 'strings', about: 'SIP URIs, the best first', required: true } },
    run: (rig, values) => rig.call(values.call).redirect(values.to as string[]),
  },
  hangup: {
    about: 'Ends a call in whatever state; replies once it is over.',
    parameters: { call, headers },
    run: async (rig, values) => void (await rig.call(values.call).hangup(headersOf(values))),
  },
  hold: {
    about: 'Puts the peer on hold.',
    parameters: {
      call,
      direction: { type: 'string', about: 'what the peer may do', words: ['sendonly', 'inactive'] },
    },
    run: (rig, { call: id, ...options }) => rig.call(id).hold(options),
  },
  retrieve: {
    about: 'Takes the call off hold.',
    parameters: { call },
    run: (rig, values) => rig.call(values.call).retrieve(),
  },
  swap: {
    about: 'Swaps the call that has the focus with the one before.',
    parameters: {},
    run: (rig) => rig.phone.swap(),
  },
  mute: {
    about: 'Sends silence in place of the source, or the source again.',
    parameters: { call, on: { type: 'boolean', about: 'true when absent' } },
    run: (rig, values) => rig.call(values.call).mute((values.on as boolean) ?? true),
  },
  dtmf: {
    about: 'Sends digits; replies when they are sent.',
    parameters: {
      call,
      digits: { type: 'string', about: '0-9, *, #, A-D, ! for a flash, comma for a pause', required: true },
      method: { type: 'string', about: 'how', words: ['auto', 'rfc4733', 'info', 'info-dtmf', 'inband'] },
      durationMs: { type: 'number', about: 'of each digit' },
    },
    run: (rig, { call: id, digits, ...options }) => rig.call(id).sendDtmf(text(digits), options),
  },
  transfer: {
    about:
      'Sends the peer elsewhere (REFER): to a URI, or to the peer of another call. Replies when that has come about.',
    parameters: {
      call,
      to: { type: 'string', about: 'whom to call, for a blind transfer' },
      toCall: { type: 'string', about: 'id of the other call, for an attended transfer' },
    },
    run(rig, { call: id, to, toCall }) {
      if ((to === undefined) === (toCall === undefined)) {
        throw new BadCommand('"transfer" needs either "to" or "toCall".');
      }
      return rig.call(id).transfer(to === undefined ? rig.call(toCall) : text(to));
    },
  },
  follow: {
    about: 'Follows a referral that was reported.',
    parameters: { referral: { type: 'string', about: 'its id', required: true } },
    run: (rig, values) => ({ call: referral(rig, values).follow().id }),
  },
  refuse: {
    about: 'Refuses a referral that was reported.',
    parameters: {
      referral: { type: 'string', about: 'its id', required: true },
      status: { type: 'number', about: '300 to 699; 603 when absent' },
    },
    run: (rig, values) => referral(rig, values).reject((values.status as number) ?? 603),
  },
  play: {
    about: 'Changes what the peer of a call hears.',
    parameters: { call, source: { type: 'string', about: SOURCES, required: true } },
    run: (rig, values) => play(rig.call(values.call), text(values.source)),
  },
  record: {
    about: 'Records what the peer says, until the call ends or `stopRecording`.',
    parameters: { call, file: { type: 'string', about: 'WAV file to write', required: true } },
    async run(rig, values) {
      const each = rig.call(values.call);
      const recorder = await wavRecorder(text(values.file), { sampleRate: each.audio.receiveSampleRate });
      each.audio.addSink(recorder);
      rig.recorders.set(each.id, recorder);
      each.on('ended', () => void stopRecording(rig, each.id).catch(() => {}));
    },
  },
  stopRecording: {
    about: 'Ends a recording.',
    parameters: { call },
    run: (rig, values) => stopRecording(rig, rig.call(values.call).id),
  },
  statistics: {
    about: 'Measures of a call, and how good it is.',
    parameters: { call },
    run(rig, values) {
      const each = rig.call(values.call);
      return { statistics: each.statistics(), quality: each.quality, alarms: each.qualityAlarms };
    },
  },
  snapshot: { about: 'The state of all there is.', parameters: {}, run: (rig) => rig.phone.snapshot },
  options: {
    about: 'Asks somebody what it can do (OPTIONS).',
    parameters: { uri: { type: 'string', about: 'whom', required: true }, line },
    async run(rig, values) {
      const connection = rig.line(values.line);
      const { status, reason } = await rig.phone.options(text(values.uri), { ...(connection && { connection }) });
      return { status, reason };
    },
  },
  message: {
    about: 'Sends a short message (RFC 3428).',
    parameters: {
      uri: { type: 'string', about: 'to whom', required: true },
      text: { type: 'string', about: 'what', required: true },
      line,
    },
    async run(rig, values) {
      const { events } = rig.requireLine(values.line);
      const { status, reason } = await events.sendMessage(text(values.uri), text(values.text));
      return { status, reason };
    },
  },
  watch: {
    about: 'Watches a state somewhere else; events tell it. `unwatch` ends that.',
    parameters: {
      what: {
        type: 'string',
        about: 'of which kind',
        words: ['messages', 'presence', 'dialogs', 'conference'],
        required: true,
      },
      uri: { type: 'string', about: 'whose; the own mailbox when absent' },
      line,
    },
    async run(rig, { what, uri, line: name }) {
      const { events } = rig.requireLine(name);
      const who = uri === undefined ? rig.requireLine(name).user : text(uri);
      const watch = {
        messages: () => events.watchMessages(uri === undefined ? undefined : who),
        presence: () => events.watchPresence(who),
        dialogs: () => events.watchDialogs(who),
        conference: () => events.watchConference(who),
      }[text(what) as 'messages']();
      const id = rig.name();
      rig.watches.set(id, watch);
      watch.on('value', (value) => rig.report({ type: 'watch', watch: id, what, value }));
      watch.on('state', (state) => rig.report({ type: 'watch', watch: id, what, state }));
      await watch.established;
      return { watch: id, value: watch.value };
    },
  },
  unwatch: {
    about: 'Ends a watch.',
    parameters: { watch: { type: 'string', about: 'its id', required: true } },
    async run(rig, values) {
      const watch = rig.watches.get(text(values.watch));
      if (!watch) throw new BadCommand(`There is no watch ${String(values.watch)}.`);
      rig.watches.delete(text(values.watch));
      await watch.stop();
    },
  },
  networkChanged: {
    about: 'This machine has another address: lines register anew, and peers are told.',
    parameters: {},
    run: (rig) => rig.phone.networkChanged(),
  },
};

async function playNamed(each: Call, source: unknown): Promise<void> {
  if (source !== undefined) await play(each, text(source));
}

function referral(rig: Rig, values: Values) {
  const found = rig.referrals.get(text(values.referral));
  if (!found) throw new BadCommand(`There is no referral ${String(values.referral)}.`);
  rig.referrals.delete(text(values.referral));
  return found;
}

async function stopRecording(rig: Rig, id: string): Promise<void> {
  const recorder = rig.recorders.get(id);
  if (!recorder) throw new BadCommand(`Call ${id} is not being recorded.`);
  rig.recorders.delete(id);
  rig.call(id).audio.removeSink(recorder);
  await recorder.close();
}
